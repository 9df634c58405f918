// The hash by which a repeated command is known: what it does to which wallet, in decoded and typed values.
// Two requests with the same meaning have the same hash, however their paths, bodies and headers are spelt.
//
// Invariant: a field that a later release adds is left out while it has its default. Otherwise a request of
// before would no longer be the same.
import { hash } from 'node:crypto';
import type { Command, Expiry, GivenAlertRule, GivenVelocityRule } from '../domain/commands.ts';
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

type Value = string | number | boolean | null | undefined | readonly Value[];

function valuesOf(command: Command): readonly Value[] {
  switch (command.type) {
    case 'CreateWallet':
      return [command.ownerId, command.currency, shortestDecimal(command.initialBalance)];
    case 'CreditWallet':
    case 'DebitWallet':
      return [shortestDecimal(command.amount), command.description];
    case 'TransferFunds':
      return [command.toWalletId, shortestDecimal(command.amount), command.description];
    case 'PlaceHold':
      return [
        ...[command.holdId, shortestDecimal(command.amount), expiryIn(command.expiry), command.toWalletId],
        ...[command.description, membersOf(command.metadata)],
      ];
    case 'CaptureHold':
      // Its target is not in the request.
      return [
        ...[command.holdId, amountIn(command.amount), command.final, command.overcapture],
        command.description,
      ];
    case 'VoidHold':
      return [command.holdId, command.reason];
    case 'AdjustHold':
      return [command.holdId, amountIn(command.amount), expiryIn(command.expiry)];
    case 'ReverseMovement':
      // Neither is the original.
      return [command.version, amountIn(command.amount), command.reason, command.description];
    default:
      return valuesOfWalletChange(command);
  }
}

type WalletChange = Extract<
  Command,
  {
    type:
      | 'EndDue'
      | 'FreezeWallet'
      | 'UnfreezeWallet'
      | 'CloseWallet'
      | 'ChangeLimits'
      | 'ChangeVelocity'
      | 'ChangeAlerts'
      | 'ChangeDetails';
  }
>;

function valuesOfWalletChange(command: WalletChange): readonly Value[] {
  switch (command.type) {
    case 'EndDue':
      return [];
    case 'FreezeWallet':
      return [command.scope, command.reason, command.holds, command.until?.getTime()];
    case 'UnfreezeWallet':
      return [command.reason];
    case 'CloseWallet':
      return [command.reason, command.sweepToWalletId];
    case 'ChangeLimits':
      return [amountIn(command.minimumBalance), amountIn(command.maximumBalance)];
    case 'ChangeVelocity':
      return [rulesIn(command.rules)];
    case 'ChangeAlerts':
      return [alertsIn(command.alerts)];
    case 'ChangeDetails':
      return [membersOf(command.metadata ?? null), command.labels];
    default:
      return command satisfies never;
  }
}

/** In order of their names, because the order in a request means nothing. */
function rulesIn(rules: readonly GivenVelocityRule[]): Value {
  const values = rules.map(({ name, window, direction, maxAmount, maxCount }) => [
    ...[name, window, direction, amountIn(maxAmount ?? undefined), maxCount],
  ]);
  return byName(values);
}

function alertsIn(alerts: readonly GivenAlertRule[]): Value {
  return byName(alerts.map(({ name, field, op, amount }) => [name, field, op, amountIn(amount)]));
}

function byName(rules: Value[][]): Value {
  return rules.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
}

/** JSON writes an undefined value as null. */
function amountIn(amount: string | undefined): Value {
  if (amount === undefined) return undefined;
  return amount.startsWith('-') ? `-${shortestDecimal(amount.slice(1))}` : shortestDecimal(amount);
}

function expiryIn(expiry: Expiry | undefined): Value {
  if (expiry === undefined) return undefined;
  return 'at' in expiry ? expiry.at.toISOString() : expiry.afterMs;
}

/** The members in the order of their names, because the order in a request means nothing. */
function membersOf(record: Readonly<Record<string, string | null>> | null): Value {
  return record && Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
}
