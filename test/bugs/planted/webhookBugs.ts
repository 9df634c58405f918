// Bugs of webhooks: signatures that nobody can trust, secrets in the open, and ways into our own network.
import type { PlantedBug } from '../plantedBug.ts';

const signature = 'test/unit/webhooks/signature.test.ts';
const secretBox = 'test/unit/webhooks/secretBox.test.ts';
const guard = 'test/unit/webhooks/addressGuard.test.ts';
const agent = 'test/unit/webhooks/webhookAgent.test.ts';
const send = 'test/unit/webhooks/send.test.ts';
const schedule = 'test/unit/webhooks/retrySchedule.test.ts';
const verifier = 'test/unit/client/verifyWebhook.test.ts';

export const webhookBugs: readonly PlantedBug[] = [
  {
    rule: 'R240',
    invariant: 'A webhook is signed over its id, its time and its bytes, as the standard says.',
    name: 'a webhook is signed without its id',
    harm: 'No library of the standard verifies a webhook, and a receiver that does takes one event for another.',
    file: 'src/webhooks/signature.ts',
    find: 'Buffer.from(`${id}.${timestampSeconds}.`)',
    replace: 'Buffer.from(`${timestampSeconds}.`)',
    test: { file: signature, name: 'HMAC signatures are those that the package of the standard verifies' },
  },
  {
    rule: 'R241',
    invariant: 'A stored secret opens only for the endpoint that it was sealed for.',
    name: 'a secret is sealed without its endpoint',
    harm: 'Somebody who can write rows gives an endpoint the secret of another one, and signs in its name.',
    file: 'src/webhooks/secretBox.ts',
    find: "return Buffer.concat([head, Buffer.from(endpointId, 'utf8')]);",
    replace: 'return head;',
    test: {
      file: secretBox,
      name: 'opens nothing of another endpoint, so a row can not be given the secret of another one',
    },
  },
  {
    rule: 'R242',
    invariant: 'A webhook goes to a public address, or into a network that the installation allows.',
    name: 'the guard knows IPv6 by what it forbids',
    harm: 'An owner of an endpoint reaches the metadata server through an IPv4-mapped address, and takes our keys.',
    file: 'src/webhooks/publicAddress.ts',
    find: 'return family === 6 && isWithin(unicastIpv6, address) && !isWithin(notPublicIpv6, address);',
    replace: 'return family === 6 && !isWithin(notPublicIpv6, address);',
    test: { file: guard, name: 'an address is not connected to if it is one of IPv4-mapped addresses' },
  },
  {
    rule: 'R243',
    invariant: 'The addresses that a webhook connects to are those that were judged.',
    name: 'a name is judged by its first address',
    harm: 'A name with a public and a private address leads into our network at the second try.',
    file: 'src/webhooks/webhookAgent.ts',
    find: 'const refused = addresses.find(',
    replace: 'const refused = addresses.slice(0, 1).find(',
    test: { file: agent, name: 'a name is refused of a public address and then loopback' },
  },
  {
    rule: 'R244',
    invariant: 'A host that is an address is judged when a connection is made, like a name.',
    name: 'a connection to an address trusts the check of its URL',
    harm: 'One fault in the check of URLs opens every address of our network.',
    file: 'src/webhooks/webhookAgent.ts',
    find: 'isIP(hostname) !== 0 && !guard.isAddressAllowed(hostname, protocol)',
    replace: 'isIP(hostname) > 6 && !guard.isAddressAllowed(hostname, protocol)',
    test: {
      file: agent,
      name: 'a host that is the address 127.0.0.1 is refused, by its URL and again by its connection',
    },
  },
  {
    rule: 'R245',
    invariant: 'Only 2xx is a delivery, and only if the answer came to its end or was too long.',
    name: 'a redirect counts as a delivery',
    harm: 'A receiver that moved gets no event any more, and every delivery is shown as done.',
    file: 'src/webhooks/send.ts',
    find: 'if (status >= 200 && status < 300)',
    replace: 'if (status >= 200 && status < 400)',
    test: { file: send, name: 'a redirect with 302 is not followed, wherever it leads' },
  },
  {
    rule: 'R246',
    invariant: 'A delivery ends in time, and reads no more of an answer than its bound.',
    name: 'an answer is read to its end, however long it is',
    harm: 'One hostile receiver keeps a worker busy for ever, with an answer that does not end.',
    file: 'src/webhooks/send.ts',
    find: 'if (bytes > bytesMax) return;',
    replace: 'if (bytes > bytesMax * 1_000_000) return;',
    test: {
      file: send,
      name: 'an answer that is too long is left, with its connection, and the delivery counts',
    },
  },
  {
    rule: 'R247',
    invariant:
      'A failed delivery is tried ten times over three days, and never sooner than the receiver asks.',
    name: 'Retry-After counts for nothing',
    harm: 'A receiver that is overloaded is asked again at once, until it falls over.',
    file: 'src/webhooks/retrySchedule.ts',
    find: 'Math.max(withJitterMs, Math.min(retryAfterMs, retryAfterMaxMs))',
    replace: 'Math.max(withJitterMs, 0)',
    test: {
      file: schedule,
      name: 'a receiver may ask for a longer delay, not for a shorter one, and for a day at most',
    },
  },
  {
    rule: 'R248',
    invariant: 'A receiver refuses a webhook that was sent long ago.',
    name: 'the verifier does not look at the time',
    harm: 'Somebody who recorded a webhook once sends it again whenever a second booking is of use.',
    file: 'src/client/verifyWebhook.ts',
    find: 'if (!(Math.abs(ageSeconds) <= toleranceSeconds))',
    replace: 'if (!(Math.abs(ageSeconds) <= toleranceSeconds * 1_000))',
    test: { file: verifier, name: 'the time of a webhook longer ago' },
  },
  {
    rule: 'R249',
    invariant: 'A receiver takes a webhook only if one of its secrets signed these very bytes.',
    name: 'the verifier takes the event of a request without a good signature',
    harm: 'Anybody who knows the URL of a receiver books credits there.',
    file: 'src/client/verifyWebhook.ts',
    find: 'if (!matches.includes(true))',
    replace: 'if (matches.length === 0)',
    test: {
      file: verifier,
      name: 'a webhook that was signed with ed25519 is refused under the secret of another endpoint',
    },
  },
];
