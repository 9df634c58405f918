// The hash by which a repeated command is known: what it does to which wallet, in decoded and typed values.
// Two requests with the same meaning have the same hash, however their paths, bodies and headers are spelt.
//
// Invariant: a field that a later release adds is left out while it has its default. Otherwise a request of
// before would no longer be the same.
import { hash } from 'node:crypto';
import type { Command } from '../domain/commands.ts';
import { shortestDecimal } from '../domain/money.ts';

/** Raised if the hash is made of other content, so that an old record never matches by accident. */
const version = 2;

/**
 * SHA-256 in hex. `givenWalletId` is the id in the request; a new wallet may have none. If-Match is no part
 * of it: it says when a command may run, not what it does. After a 412 the caller may correct it under the
 * same key.
 */
export function meaningHashOf(command: Command, givenWalletId: string | undefined): string {
  return hash('sha256', JSON.stringify([version, command.type, givenWalletId, ...valuesOf(command)]), 'hex');
}

function valuesOf(command: Command): readonly string[] {
  switch (command.type) {
    case 'CreateWallet':
      return [command.ownerId, command.currency, shortestDecimal(command.initialBalance)];
    case 'CreditWallet':
    case 'DebitWallet':
      return [shortestDecimal(command.amount), command.description];
    case 'TransferFunds':
      return [command.toWalletId, shortestDecimal(command.amount), command.description];
    default:
      return command satisfies never;
  }
}
