// Every command that changes a wallet takes its options from here. These functions also show its answer.
import type { Command } from 'commander';
import type { CallOptions, components, Result } from '../src/client/index.ts';
import { whole } from './lists.ts';
import { facts } from './output.ts';

export type Wallet = components['schemas']['Wallet'];

export interface ChangeOptions {
  readonly key?: string;
  readonly ifMatch?: number;
}

export interface MoveOptions extends ChangeOptions {
  readonly description?: string;
}

/** Adds the options of every change. */
export function changing(command: Command): Command {
  return command
    .option('--if-match <version>', 'refuse the command if the wallet has another version', whole)
    .option('--key <key>', 'idempotency key: repeats of the command take effect once');
}

/** Adds the options of a change that moves money. */
export function moving(command: Command): Command {
  return changing(command.option('--description <text>', 'what it was for'));
}

export function callOptions({ key, ifMatch }: ChangeOptions): CallOptions {
  return {
    ...(key !== undefined && { idempotencyKey: key }),
    ...(ifMatch !== undefined && { ifMatch }),
  };
}

export const described = ({ description }: MoveOptions) => (description === undefined ? {} : { description });

export const showWallet = (wallet: Wallet) =>
  facts([
    ['wallet', wallet.id],
    ['owner', wallet.ownerId],
    ['balance', `${wallet.balance} ${wallet.currency}`],
    ['held', `${wallet.held} ${wallet.currency}`],
    ['available', `${wallet.available} ${wallet.currency}`],
    ['status', statusOf(wallet)],
    ['minimum', wallet.minimumBalance],
    ['maximum', wallet.maximumBalance],
    ['version', String(wallet.version)],
    ['updated', wallet.updatedAt],
  ]);

function statusOf({ status, freeze }: Wallet): string {
  if (freeze === undefined) return status;
  const until = freeze.until === null ? '' : ` until ${freeze.until}`;
  return `${status} for ${freeze.scope}${until}: ${freeze.reason}`;
}

interface CommandFacts {
  readonly commandId: string | undefined;
  readonly requestId: string | undefined;
  /** True if an earlier request with the same key got this answer, and this one changed nothing. */
  readonly replayed: boolean;
}

export function commandFacts({ facts: { commandId, requestId, replayed } }: Result<unknown>): CommandFacts {
  return { commandId, requestId, replayed };
}

interface Changed extends CommandFacts {
  readonly movementId?: string | undefined;
}

export const showCommand = ({ movementId, commandId, requestId, replayed }: Changed) =>
  facts([
    ['movement', movementId],
    ['command', commandId],
    ['request', requestId],
    ['replayed', replayed ? 'yes: an earlier request got this answer, and nothing changed now' : 'no'],
  ]);

export const showChanged = (wallet: Wallet & Changed) => `${showWallet(wallet)}\n${showCommand(wallet)}`;
