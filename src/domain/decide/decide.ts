// Decides a command: given the state that it reads, it returns the events that follow, or the rejection. Runs
// in the middle of every group commit. Pure: the time comes in, and nothing is read or written.
//
// Invariant: checks run in the order of `rejectionCodes`, so a command with two faults always gets the same
// answer.
import type { Command } from '../commands.ts';
import { decideCreate } from './create.ts';
import type { State } from '../state.ts';
import type { Decision } from './decision.ts';
import { decideMovement } from './move.ts';
import { decideTransfer } from './transfer.ts';

/** Decides one command at time `now`. Never throws for anything that a caller sent. */
export function decide(command: Command, state: State, now: Date): Decision {
  switch (command.type) {
    case 'CreateWallet':
      return decideCreate(command, state, now);
    case 'CreditWallet':
    case 'DebitWallet':
      return decideMovement(command, state, now);
    case 'TransferFunds':
      return decideTransfer(command, state, now);
    default:
      return command satisfies never;
  }
}
