// Describes the forms about webhook endpoints: a new one, a change, a replay, and a new secret.
//
// Invariant: a secret is in the outcome that the dialog shows once, and in no sentence and no command.
// Invariant: a change sends only what was changed in its form. So it takes back nothing that a colleague set.
import { feedTypes } from '../src/feed/feedTypes.ts';
import { type Action, type Field, type Filled, idPattern } from './action.ts';
import { type Endpoint, endpointPath, endpointsPath } from './webhookQueries.ts';
import { requestAction } from './webhookRequest.ts';

const urlField: Field = {
  ...{ name: 'url', label: 'URL', isRequired: true, lengthMax: 2_048 },
  pattern: { source: 'https?://\\S{1,2040}', words: 'a URL that begins with https://' },
  hint: 'https and a public address, unless the settings allow a network of your own.',
};
const typesField: Field = {
  ...{ name: 'types', label: 'Types of events', ticks: feedTypes },
  hint: 'None ticked means all.',
};
const wallet = idPattern.source;
const walletsField: Field = {
  ...{ name: 'walletIds', label: 'Wallets', lengthMax: 13_000 },
  pattern: { source: `${wallet}(?:[ ,]+${wallet}){0,99}`, words: 'ids with commas between them' },
  hint: 'Ids with commas between them. Empty means all.',
};
const labelsField: Field = {
  ...{ name: 'labels', label: 'Labels', lengthMax: 7_000 },
  hint: 'Labels with commas between them. A wallet needs one of them. Empty asks for none.',
};
const descriptionField: Field = { name: 'description', label: 'Description' };

const orders = [
  ['true', 'the events of a wallet one after the other'],
  ['false', 'each event by itself'],
] as const;
export const signings = [
  ['hmac', 'HMAC, with a shared secret'],
  ['ed25519', 'ed25519, with a public key for the receiver'],
] as const;

const listOf = (text = '', separator: RegExp): string[] | undefined => {
  const parts = text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length === 0 ? undefined : [...new Set(parts)];
};

/** Undefined asks for nothing. */
function filterOf({ types, walletIds, labels }: Filled) {
  return {
    types: listOf(types, / /),
    walletIds: listOf(walletIds, /[\s,]/),
    labels: listOf(labels, /,/),
  };
}

interface Issued {
  readonly secret: string;
}

const shownOnce = ({ secret }: Issued) => ({ title: 'What the receiver verifies with', text: secret });

export function makeEndpoint(): Action {
  return requestAction<Issued & Pick<Endpoint, 'id'>>({
    ...{ method: 'POST', path: endpointsPath, hasKey: true },
    label: 'New endpoint',
    question: 'Have events sent to a URL?',
    explains:
      'It gets every event from now on that fits, at least once and signed. Its secret is shown once, after it was made.',
    confirm: 'Make it',
    fields: [
      urlField,
      descriptionField,
      typesField,
      walletsField,
      labelsField,
      { name: 'ordered', label: 'Order', initial: 'true', choices: orders },
      { name: 'signing', label: 'Signature', initial: 'hmac', choices: signings },
    ],
    bodyOf: (filled) => ({
      ...{ url: filled.url, ...filterOf(filled), ordered: filled.ordered === 'true' },
      ...{ description: filled.description, signing: filled.signing },
    }),
    done: (made) => ({ sentence: `Made endpoint ${made.id}.`, once: shownOnce(made) }),
  });
}

export function changeEndpoint(endpoint: Endpoint): Action {
  const { id, url, description, types, walletIds, labels } = endpoint;
  const before: Filled = {
    ...{ url, description, types: types?.join(' ') ?? '' },
    ...{ walletIds: walletIds?.join(', ') ?? '', labels: labels?.join(', ') ?? '' },
  };
  const fields = [urlField, descriptionField, typesField, walletsField, labelsField];
  return requestAction({
    ...{ method: 'PATCH', path: endpointPath(id) },
    label: 'Change',
    question: `Change endpoint ${id}?`,
    explains: 'Another filter counts for the events that were not sent yet. The order and the secret stay.',
    confirm: 'Change it',
    fields: fields.map((field) => ({ ...field, initial: before[field.name] ?? '' })),
    bodyOf: (filled) => {
      const {
        types: nextTypes = null,
        walletIds: nextIds = null,
        labels: nextLabels = null,
      } = filterOf(filled);
      const next = {
        ...{ url: filled.url, description: filled.description },
        ...{ types: nextTypes, walletIds: nextIds, labels: nextLabels },
      };
      return Object.fromEntries(Object.entries(next).filter(([name]) => filled[name] !== before[name]));
    },
    done: () => `Changed endpoint ${id}.`,
  });
}

const utcOf = (local: string | undefined) => (local ? new Date(local).toISOString() : undefined);

export function replayEvents({ id }: Endpoint): Action {
  return requestAction<{ readonly id: string }>({
    ...{ method: 'POST', path: `${endpointPath(id)}/replay`, hasKey: true },
    label: 'Replay',
    question: `Send events of the past to endpoint ${id} once more?`,
    explains:
      'Events of that time that fit are sent again beside the new ones. Each has the webhook-id of before, so a receiver that remembers ids leaves out what it has.',
    confirm: 'Replay',
    fields: [
      { name: 'from', label: 'From', isRequired: true, isTime: true },
      { name: 'to', label: 'To', isTime: true, hint: 'Empty means now.' },
    ],
    bodyOf: ({ from, to }) => ({ from: utcOf(from), to: utcOf(to) }),
    done: (replay) => `Replay ${replay.id} goes on by itself, and its line below says how far it is.`,
  });
}

const overlaps = [
  ['24', '1 day'],
  ['168', '7 days'],
  ['720', '30 days'],
  ['1', '1 hour'],
  ['0', 'not at all: they end now'],
] as const;

export function rotateSecret({ id, signing }: Endpoint): Action {
  return requestAction<Issued>({
    ...{ method: 'POST', path: `${endpointPath(id)}/rotate-secret` },
    label: 'Rotate the secret',
    question: `Replace the secret of endpoint ${id}?`,
    explains:
      'The new secret is shown once. Until the overlap ends, every request has a signature of it and of each earlier one. So give it to the receiver before that.',
    confirm: 'Make a new secret',
    isSerious: true,
    fields: [
      { name: 'overlapHours', label: 'The earlier secrets sign on for', initial: '24', choices: overlaps },
      { name: 'signing', label: 'Signature', initial: signing, choices: signings },
    ],
    bodyOf: ({ overlapHours, signing }) => ({ overlapHours: Number(overlapHours), signing }),
    done: (rotated) => ({ sentence: `Endpoint ${id} has a new secret.`, once: shownOnce(rotated) }),
  });
}
