// Describes an action of the console: the question that it asks first, the fields of its form, the command
// that does the same by hand, and the request that carries it out.
import { quoted } from '../src/temporal/commandLines.ts';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly isRequired?: boolean;
  readonly initial?: string;
  /** Words below the field. */
  readonly hint?: string;
  /** The form of the text, as a regular expression and in words. */
  readonly pattern?: { readonly source: string; readonly words: string };
  /** The values to choose from, each with its words. Without them any text is taken. */
  readonly choices?: readonly (readonly [value: string, words: string])[];
  /** A phone shows its digits first. */
  readonly isAmount?: boolean;
}

/** The trimmed texts of a form by the names of its fields. */
export type Filled = Readonly<Record<string, string>>;

export interface Action {
  /** Text of the button that opens the question. */
  readonly label: string;
  readonly question: string;
  readonly explains: string;
  /** Text of the button that carries the action out. */
  readonly confirm: string;
  readonly isSerious?: boolean;
  /** The scope that it needs; `admin:operate` if it is absent. */
  readonly scope?: string;
  readonly fields?: readonly Field[];
  /** `key` is the Idempotency-Key of the next press, for an action that takes one. */
  readonly command: (filled: Filled, key: string) => string;
  /** Carries the action out and resolves to a sentence about the outcome. */
  readonly run: (filled: Filled, key: string) => Promise<string>;
}

export const scopeOf = ({ scope = 'admin:operate' }: Pick<Action, 'scope'>): string => scope;

/** The field `reason` of nearly every action. */
export const reason: Field = { name: 'reason', label: 'Reason', isRequired: true };

/** Ids of wallets and of owners. */
export const idPattern = { source: '[A-Za-z0-9._:\\-]{1,128}', words: 'letters, digits and . _ : -' };

/** The command by hand for a request of the API, which no workflow does. */
export function curl(path: string, body: object = {}, key?: string): string {
  return [
    `curl -X POST ${location.origin}${path}`,
    ...(key === undefined ? [] : [`  -H 'idempotency-key: ${key}'`]),
    `  -H 'content-type: application/json' -d ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n');
}
