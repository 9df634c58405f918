// Bugs of the sign-in at the console: each lets in somebody who must stay out, or keeps in who must leave.
import type { PlantedBug } from '../plantedBug.ts';

const signIn = 'test/unit/access/signIn.test.ts';

export const signInBugs: readonly PlantedBug[] = [
  {
    rule: 'R130',
    invariant: 'A sign-in takes the answer that the provider gave to this sign-in alone.',
    name: 'the nonce of the id token is not compared',
    harm: 'Somebody who got hold of an id token of an operator signs in with it in a browser of their own.',
    file: 'src/access/signIn/identityProvider.ts',
    find: 'expectedNonce: begun.nonce,',
    replace: '',
    test: { file: signIn, name: 'a token without a nonce is refused in words, and its content is in no log' },
  },
  {
    rule: 'R131',
    invariant: 'A sign-in leads back to a page of this server.',
    name: 'the way back may lead to another site',
    harm: 'A link to the real sign-in ends at a copy of the console that asks for the key once more.',
    file: 'src/access/signIn/returnTo.ts',
    find: 'return origin === own && pages.includes(pathname) ? `${pathname}${search}${hash}` : start;',
    replace: 'return origin === own || pages.includes(pathname) ? asked : start;',
    test: {
      file: signIn,
      name: 'it leads back to a page of this server alone, not to "https://evil.example/console"',
    },
  },
  {
    rule: 'R132',
    invariant: 'A person may do what a role of one of their groups may, and no more.',
    name: 'a viewer gets the scopes of an operator',
    harm: 'Everybody in the bank who may look at the console can skip events and rebuild the ledger.',
    file: 'src/access/roles.ts',
    find: 'viewer: viewing,',
    replace: "viewer: [...viewing, 'admin:operate'],",
    test: {
      file: signIn,
      name: 'a viewer may look and may not act, and nobody gets a role that no group gives',
    },
  },
  {
    rule: 'R133',
    invariant: 'A session ends after eight hours.',
    name: 'the age of a session is not asked',
    harm: 'A copied cookie of last year still opens the console.',
    file: 'src/access/signIn/sessions.ts',
    find: 'if (now() - session.beganAtMs >= sessionMaxMs) return undefined;',
    replace: '',
    test: { file: signIn, name: 'a session ends after eight hours, whatever the browser keeps' },
  },
  {
    rule: 'R134',
    invariant: 'A change by cookie comes from a page of this server.',
    name: 'a cookie counts, whoever makes the browser send it',
    harm: 'A page that an operator opens by chance pauses the ledger, or moves money with the rights of a key.',
    file: 'src/api/signIn/sessionCallers.ts',
    find: 'if (changesSomething(c)) assertOwnPage(c);',
    replace: '',
    test: {
      file: signIn,
      name: 'a change by cookie from another server of the same domain is refused before anything happens',
    },
  },
  {
    rule: 'R135',
    invariant: 'No answer and no log line repeats a value of a request body that could not be read.',
    name: 'the refusal of a broken body quotes it',
    harm: 'A secret that was sent to the wrong place is in the log of every gateway that keeps answers.',
    file: 'src/api/http/exactJson.ts',
    find: '`The body is not valid JSON${placeOf(error)}.`',
    replace: '`The body is not valid JSON${placeOf(error)}: ${String(error)}.`',
    test: {
      file: 'test/unit/api/http/secretsStayOut.test.ts',
      name: 'no header and no value of a body is in a log, in a metric or in an answer',
    },
  },
];
