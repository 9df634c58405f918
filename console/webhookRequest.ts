// Makes an action on webhook endpoints of one request of the API. The request shown as a command by hand is
// the request that is sent.
import { type Action, curlOf, type Filled, type Outcome } from './action.ts';
import { type Change, change } from './http.ts';

/** What a person who may not act is told that they lack. */
export const changingWebhooks = { label: 'Change webhooks', scope: 'webhooks:write' };

interface Request<Answer>
  extends Omit<Action, 'command' | 'run' | 'scope'>, Pick<Change, 'method' | 'path' | 'timeMaxMs'> {
  /** Absent for a request without a body. */
  readonly bodyOf?: (filled: Filled) => object;
  readonly hasKey?: boolean;
  readonly done: (answer: Answer) => string | Outcome;
}

export function requestAction<Answer = unknown>(request: Request<Answer>): Action {
  const { path, method, timeMaxMs, bodyOf, hasKey, done, ...action } = request;
  const changeOf = (filled: Filled, key: string): Change => ({
    ...{ method, path, timeMaxMs },
    ...(bodyOf !== undefined && { body: bodyOf(filled) }),
    ...(hasKey === true && { key }),
  });
  return {
    ...action,
    scope: changingWebhooks.scope,
    command: (filled, key) => curlOf(changeOf(filled, key)),
    run: async (filled, key) => done((await change<Answer>(changeOf(filled, key))).body),
  };
}
