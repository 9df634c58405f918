// Why a sign-in is refused. A page shows the words of the code. The message goes to the log.

/** Each code with what the page says to the person. */
export const signInProblems = {
  'provider-silent': 'The identity provider does not answer. Try again in a minute, or sign in with a key.',
  'store-silent': 'The service does not reach its database, so nothing has changed. Try again in a minute.',
  'provider-refused': 'The identity provider refused the sign-in.',
  'not-fresh': 'This sign-in is too old, or was used already. Sign in again.',
  'not-trusted':
    'The answer of the identity provider was refused. An administrator finds the reason in the log.',
  'wrong-settings':
    'The identity provider does not accept this service. An administrator finds the reason in the log.',
  'no-role': 'Your account has no role here. An administrator of the identity provider can give you one.',
  'key-refused': 'This is no valid key.',
  'key-lacks-scope': 'This key may not use the console, because it lacks the scope admin:read.',
  'other-site': 'The sign-in has to come from this page. Try again here.',
  'plain-http': 'This server takes sign-ins over https alone.',
} as const;

export type SignInProblemCode = keyof typeof signInProblems;

/** Invariant: the message holds no token, no code and no secret. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly code: SignInProblemCode;
  /** Who was refused. Undefined if nobody proved who they are. */
  readonly actor: string | undefined;

  constructor(code: SignInProblemCode, message: string, actor?: string) {
    super(message);
    this.code = code;
    this.actor = actor;
  }
}
