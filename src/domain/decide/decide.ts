// Decides a command: given the state that it reads, it returns the events that follow, or the rejection. Runs
// in the middle of every group commit. Pure: the time comes in, and nothing is read or written.
//
// Invariant: checks run in the order of `rejectionCodes`, so a command with two faults always gets the same
// answer.
import type { Command, EndDue } from '../commands.ts';
import type { State } from '../state.ts';
import { decideAlerts } from './alerts.ts';
import { decideCreate } from './create.ts';
import { alreadySo, type Decision } from './decision.ts';
import { decideDetails } from './details.ts';
import { afterDue, endDue, stateAfterDue } from './due.ts';
import { decideCaptureHold, decideVoidHold } from './endHold.ts';
import { decideClose, decideFreeze, decideLimits, decideUnfreeze } from './lifecycle.ts';
import { decideMovement } from './move.ts';
import { decideAdjustHold, decidePlaceHold } from './placeHold.ts';
import { notFound, refuseVersion } from './rejected.ts';
import { decideReverse } from './reverse.ts';
import { decideTransfer } from './transfer.ts';
import { decideVelocity } from './velocity.ts';

/** Decides one command at time `now`. Never throws for anything that a caller sent. */
export function decide(command: Command, state: State, now: Date): Decision {
  const due = endDue(command, state, now);
  if (due === undefined) return decideAlone(command, state, now);
  const decision = decideAlone(onStoredVersion(command, state), stateAfterDue(state, due), now);
  if ('rejected' in decision && decision.rejected.code === 'VERSION_MISMATCH')
    return mismatchOf(command, state) ?? decision;
  return afterDue(decision, due);
}

/**
 * If-Match names a version that was read, so it is compared with the stored one. Nobody can read the versions
 * that the end of what is due makes, as long as every command is refused for them.
 */
function onStoredVersion(command: Command, state: State): Command {
  if (!('expectedVersions' in command) || command.expectedVersions === undefined) return command;
  return { ...command, expectedVersions: mismatchOf(command, state) === undefined ? undefined : [] };
}

function mismatchOf(command: Command, state: State): Decision | undefined {
  const wallet = state.wallets.get(command.walletId);
  if (wallet === undefined || !('expectedVersions' in command)) return undefined;
  return refuseVersion(wallet, command.expectedVersions);
}

/** Decides on a state in which nothing is due. */
function decideAlone(command: Command, state: State, now: Date): Decision {
  switch (command.type) {
    case 'CreateWallet':
      return decideCreate(command, state, now);
    case 'CreditWallet':
    case 'DebitWallet':
      return decideMovement(command, state, now);
    case 'TransferFunds':
      return decideTransfer(command, state, now);
    case 'PlaceHold':
      return decidePlaceHold(command, state, now);
    case 'CaptureHold':
      return decideCaptureHold(command, state, now);
    case 'VoidHold':
      return decideVoidHold(command, state, now);
    case 'AdjustHold':
      return decideAdjustHold(command, state, now);
    case 'EndDue':
      return decideEndDue(command, state);
    case 'FreezeWallet':
      return decideFreeze(command, state, now);
    case 'UnfreezeWallet':
      return decideUnfreeze(command, state, now);
    case 'CloseWallet':
      return decideClose(command, state, now);
    case 'ChangeLimits':
      return decideLimits(command, state, now);
    case 'ChangeVelocity':
      return decideVelocity(command, state, now);
    case 'ChangeAlerts':
      return decideAlerts(command, state, now);
    case 'ChangeDetails':
      return decideDetails(command, state, now);
    case 'ReverseMovement':
      return decideReverse(command, state, now);
    default:
      return command satisfies never;
  }
}

/** Everything due has ended already. Rejects with WALLET_NOT_FOUND. */
function decideEndDue({ walletId }: EndDue, state: State): Decision {
  const wallet = state.wallets.get(walletId);
  return wallet === undefined ? notFound(walletId) : alreadySo(wallet);
}
