// Describes an action of the console: the question that it asks first, the fields of its form, the command
// that does the same by hand, and the request that carries it out.
import { quoted } from '../src/temporal/commandLines.ts';
import type { Change } from './http.ts';

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
  /** Values of which any number may be ticked. The text of the field is those with spaces between them. */
  readonly ticks?: readonly string[];
  /** A local date and time. The text is that of the browser, or empty. */
  readonly isTime?: boolean;
  /** A phone shows its digits first. */
  readonly isAmount?: boolean;
  /** 500 if it is absent. */
  readonly lengthMax?: number;
}

/** The trimmed texts of a form by the names of its fields. */
export type Filled = Readonly<Record<string, string>>;

/** How an action ended. */
export interface Outcome {
  readonly sentence: string;
  /** The form stays open and shows the sentence as a failure. */
  readonly hasFailed?: boolean;
  /** A text that no later answer shows. The dialog shows it until it is closed. */
  readonly once?: { readonly title: string; readonly text: string };
}

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
  /** Carries the action out and resolves to the outcome, or to a sentence about it. */
  readonly run: (filled: Filled, key: string) => Promise<string | Outcome>;
}

export const scopeOf = ({ scope = 'admin:operate' }: Pick<Action, 'scope'>): string => scope;

/** The field `reason` of nearly every action. */
export const reason: Field = { name: 'reason', label: 'Reason', isRequired: true };

/** Ids of wallets and of owners. */
export const idPattern = { source: '[A-Za-z0-9._:\\-]{1,128}', words: 'letters, digits and . _ : -' };

/** The command by hand for a request of the API, which no workflow does. */
export function curl(path: string, body: object = {}, key?: string): string {
  return curlOf({ method: 'POST', path, body, key });
}

export function curlOf({ method, path, body, key }: Change): string {
  return [
    `curl -X ${method} ${location.origin}${path}`,
    ...(key === undefined ? [] : [`  -H 'idempotency-key: ${key}'`]),
    ...(body === undefined
      ? []
      : [`  -H 'content-type: application/json' -d ${quoted(JSON.stringify(body))}`]),
  ].join(' \\\n');
}
