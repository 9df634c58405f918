// The actions of an operator: on projections, parked events and recoveries.
import type {
  ConsoleSettings,
  ParkedEventSnapshot,
  ProjectionName,
} from '../src/api/console/consoleSnapshot.ts';
import { drainScheduleOf } from '../src/projections/registry.ts';
import { scheduleCommand, startCommand, steerCommand } from '../src/temporal/commandLines.ts';
import {
  type RecoveryArguments,
  type RecoveryKind,
  recoveryKinds,
} from '../src/workflows/recovery/recoveryKinds.ts';
import { type Action, curl, type Filled, idPattern, reason } from './action.ts';
import { inSentence } from './format.ts';
import { post } from './http.ts';

export function pauseProjection(settings: ConsoleSettings, projection: ProjectionName): Action {
  return {
    label: 'Pause',
    question: `Pause ${inSentence(projection)}?`,
    explains:
      'Its run ends in a second or two and no other begins. Operations go on, and their events wait in the outbox until it is resumed.',
    confirm: 'Pause',
    fields: [reason],
    command: ({ reason: note = '' }) => scheduleCommand(settings, drainScheduleOf(projection), 'pause', note),
    run: async ({ reason: note = '' }) => {
      await post(`/admin/projections/${projection}/pause`, { note });
      return `Paused ${inSentence(projection)}.`;
    },
  };
}

export function resumeProjection(settings: ConsoleSettings, projection: ProjectionName): Action {
  return {
    label: 'Resume',
    question: `Resume ${inSentence(projection)}?`,
    explains: 'A run begins at once and catches up from the checkpoint.',
    confirm: 'Resume',
    fields: [{ ...reason, initial: 'the reason for the pause is gone' }],
    command: ({ reason: note = '' }) =>
      scheduleCommand(settings, drainScheduleOf(projection), 'resume', note),
    run: async ({ reason: note = '' }) => {
      await post(`/admin/projections/${projection}/resume`, { note });
      return `Resumed ${inSentence(projection)}.`;
    },
  };
}

export function retryParked({ projection, position, walletId }: ParkedEventSnapshot): Action {
  const path = `/admin/failures/${projection}/${position}/retry`;
  return {
    label: 'Retry',
    question: `Try event ${position} again?`,
    explains: `Its next attempt by ${inSentence(projection)} is due at once instead of later. The event belongs to wallet ${walletId}.`,
    confirm: 'Retry',
    command: () => curl(path),
    run: async () => {
      await post(path);
      return `Event ${position} is due now; it leaves the list when ${inSentence(projection)} has projected it.`;
    },
  };
}

export function skipParked({ projection, position, walletId }: ParkedEventSnapshot): Action {
  const path = `/admin/failures/${projection}/${position}/skip`;
  return {
    label: 'Skip',
    question: `Skip event ${position} for good?`,
    explains: `${inSentence(projection).replace('t', 'T')} will lack this event of wallet ${walletId} until it is rebuilt by code that can read it. The reason is kept.`,
    confirm: 'Skip',
    isSerious: true,
    fields: [reason],
    command: ({ reason: why }) => curl(path, { reason: why }),
    run: async ({ reason: why }) => {
      await post(path, { reason: why });
      return `Event ${position} was skipped.`;
    },
  };
}

function startRecovery<Kind extends RecoveryKind>(
  settings: ConsoleSettings,
  kind: Kind,
  argumentOf: (filled: Filled) => RecoveryArguments[Kind],
  words: Pick<Action, 'label' | 'question' | 'explains' | 'fields' | 'isSerious'>,
): Action {
  const workflowIdOf = (filled: Filled) =>
    settings.SCHEDULE_ID_PREFIX + recoveryKinds[kind].workflowId(argumentOf(filled));
  return {
    ...words,
    confirm: words.label.replace('…', ''),
    command: (filled) => startCommand(settings, kind, workflowIdOf(filled), argumentOf(filled)),
    run: async (filled) => {
      await post(`/admin/recovery/${kind}`, argumentOf(filled));
      return `Started ${workflowIdOf(filled)}.`;
    },
  };
}

export function rebuildReadModel(settings: ConsoleSettings): Action {
  return startRecovery(settings, 'rebuildAllReadModels', () => ({}), {
    label: 'Rebuild read model',
    question: 'Rebuild the whole read model?',
    explains:
      'A new index is filled from the event store beside the one in use, compared, and put in its place. Reads and operations go on.',
  });
}

export function rebuildLedger(settings: ConsoleSettings): Action {
  return startRecovery(settings, 'rebuildLedger', () => ({}), {
    label: 'Rebuild ledger',
    question: 'Rebuild the whole ledger?',
    explains:
      'A second table is filled from the event store, verified, and put in the place of the one in use. Reads and operations go on.',
  });
}

export function rebuildWallet(settings: ConsoleSettings, walletId = ''): Action {
  return startRecovery(settings, 'rebuildWalletReadModel', ({ wallet = '' }) => ({ walletId: wallet }), {
    label: walletId === '' ? 'Rebuild one wallet…' : 'Rebuild this wallet',
    question: 'Rebuild one wallet?',
    explains: 'Its row and its document are made again from its events.',
    fields: [{ name: 'wallet', label: 'Wallet id', isRequired: true, initial: walletId, pattern: idPattern }],
  });
}

export function verify(settings: ConsoleSettings): Action {
  return startRecovery(settings, 'verifyProjections', () => ({}), {
    label: 'Verify',
    question: 'Compare everything with the event store?',
    explains:
      'Wallet rows, documents, ledger and outbox are compared, and each difference is named. Nothing is changed.',
  });
}

export function verifyAndRepair(settings: ConsoleSettings): Action {
  return startRecovery(settings, 'verifyProjections', () => ({ repair: true }), {
    label: 'Verify and repair',
    question: 'Compare everything, and repair what differs?',
    explains: 'Every difference is repaired from the event store, and everything is compared once more.',
    isSerious: true,
  });
}

const steerings = {
  pause: { label: 'Pause', explains: 'It stops after the current page and continues from there later.' },
  resume: { label: 'Resume', explains: 'It continues from where it stopped.' },
  cancel: {
    label: 'Cancel',
    explains: 'It ends now and removes what it made. The index or table in use stays as it is.',
  },
} as const;

export function steerRecovery(
  settings: ConsoleSettings,
  workflowId: string,
  steering: keyof typeof steerings,
): Action {
  const { label, explains } = steerings[steering];
  return {
    label,
    explains,
    question: `${label} ${workflowId}?`,
    confirm: steering === 'cancel' ? 'Cancel the recovery' : label,
    isSerious: steering === 'cancel',
    command: () => steerCommand(settings, workflowId, steering),
    run: async () => {
      await post(`/admin/recovery/${encodeURIComponent(workflowId)}/${steering}`);
      return `${label}: the request reached ${workflowId}.`;
    },
  };
}
