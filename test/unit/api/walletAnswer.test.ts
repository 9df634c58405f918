// Golden answers: the bytes that the API makes of a recorded outcome. A record keeps the outcome alone, so a
// changed byte here is a replay that differs from its first answer. Never adapt these texts. A new answer
// needs a new version of the outcome.
import { describe, expect, it } from 'vitest';
import { problemKinds } from '../../../src/api/http/problems.ts';
import { answerOf } from '../../../src/api/wallets/walletAnswer.ts';
import { isRemembered } from '../../../src/commands/submission.ts';
import { rejectionCodes } from '../../../src/domain/rejections.ts';
import {
  decodeOutcome,
  encodeOutcome,
  OutcomeDecodeError,
  type RejectedOutcome,
} from '../../../src/eventStore/outcomeCodec.ts';

const goldens: readonly (readonly [name: string, recorded: string, answer: object])[] = [
  [
    'a creation',
    '[1,"CreateWallet",["w-1","o-1","KWD","2501",1,1795366800000,1795366800000]]',
    {
      status: 201,
      headers: { etag: '"1"', location: '/wallets/w-1', 'content-type': 'application/json' },
      body: '{"id":"w-1","ownerId":"o-1","balance":2.501,"version":1,"createdAt":"2026-11-22T17:00:00.000Z","updatedAt":"2026-11-22T17:00:00.000Z","currency":"KWD","movementId":"w-1@1"}',
    },
  ],
  [
    'a credit',
    '[1,"CreditWallet",["w:1","o","USD","900719925474099301",12,1795366800000,1795366801007]]',
    {
      status: 200,
      headers: { etag: '"12"', 'content-type': 'application/json' },
      body: '{"id":"w:1","ownerId":"o","balance":9007199254740993.01,"version":12,"createdAt":"2026-11-22T17:00:00.000Z","updatedAt":"2026-11-22T17:00:01.007Z","currency":"USD","movementId":"w:1@12"}',
    },
  ],
  [
    'a debit',
    '[1,"DebitWallet",["w-1","o","JPY","0",3,1795366800000,1795366801000]]',
    {
      status: 200,
      headers: { etag: '"3"', 'content-type': 'application/json' },
      body: '{"id":"w-1","ownerId":"o","balance":0,"version":3,"createdAt":"2026-11-22T17:00:00.000Z","updatedAt":"2026-11-22T17:00:01.000Z","currency":"JPY","movementId":"w-1@3"}',
    },
  ],
  [
    'a transfer',
    '[1,"TransferFunds",["a","o-1","USD","5",4,1795366800000,1795366801000],["b","o-2","USD","105",2,1795366800500,1795366801000]]',
    {
      status: 200,
      headers: { etag: '"4"', 'content-type': 'application/json' },
      body: '{"fromWallet":{"id":"a","ownerId":"o-1","balance":0.05,"version":4,"createdAt":"2026-11-22T17:00:00.000Z","updatedAt":"2026-11-22T17:00:01.000Z","currency":"USD"},"toWallet":{"id":"b","ownerId":"o-2","balance":1.05,"version":2,"createdAt":"2026-11-22T17:00:00.500Z","updatedAt":"2026-11-22T17:00:01.000Z","currency":"USD"},"movementId":"a@4"}',
    },
  ],
  [
    'a debit with several events',
    '[2,"DebitWallet",["w-1","o","JPY","7",5,1795366800000,1795366801000,3]]',
    {
      status: 200,
      headers: { etag: '"5"', 'content-type': 'application/json' },
      body: '{"id":"w-1","ownerId":"o","balance":7,"version":5,"createdAt":"2026-11-22T17:00:00.000Z","updatedAt":"2026-11-22T17:00:01.000Z","currency":"JPY","movementId":"w-1@3"}',
    },
  ],
  [
    'a transfer with several events',
    '[2,"TransferFunds",["a","o-1","USD","5",4,1795366800000,1795366801000,3],["b","o-2","USD","105",2,1795366800500,1795366801000,2]]',
    {
      status: 200,
      headers: { etag: '"4"', 'content-type': 'application/json' },
      body: '{"fromWallet":{"id":"a","ownerId":"o-1","balance":0.05,"version":4,"createdAt":"2026-11-22T17:00:00.000Z","updatedAt":"2026-11-22T17:00:01.000Z","currency":"USD"},"toWallet":{"id":"b","ownerId":"o-2","balance":1.05,"version":2,"createdAt":"2026-11-22T17:00:00.500Z","updatedAt":"2026-11-22T17:00:01.000Z","currency":"USD"},"movementId":"a@3"}',
    },
  ],
  [
    'a return that names the receiver of the transfer',
    '[3,"ReverseMovement",["shop","o-2","USD","75",3,1795366800500,1795366802000],["card","o-1","USD","35",5,1795366800000,1795366802000],{"reversal":{"amount":"30","reversed":"30","remaining":"70","reason":"refund"}}]',
    {
      status: 201,
      headers: { etag: '"3"', 'content-type': 'application/json' },
      body: '{"reversal":{"amount":0.30,"reversed":0.30,"remaining":0.70,"reason":"refund"},"wallet":{"id":"shop","ownerId":"o-2","balance":0.75,"held":0.00,"available":0.75,"status":"active","version":3,"createdAt":"2026-11-22T17:00:00.500Z","updatedAt":"2026-11-22T17:00:02.000Z","currency":"USD"},"otherWallet":{"id":"card","ownerId":"o-1","balance":0.35,"held":0.00,"available":0.35,"status":"active","version":5,"createdAt":"2026-11-22T17:00:00.000Z","updatedAt":"2026-11-22T17:00:02.000Z","currency":"USD"},"movementId":"shop@3"}',
    },
  ],
  [
    'a return that names the sender of the transfer',
    '[3,"ReverseMovement",["shop","o-2","USD","75",3,1795366800500,1795366802000],["card","o-1","USD","35",5,1795366800000,1795366802000],{"reversal":{"amount":"30","reversed":"30","remaining":"70","reason":"refund","named":1}}]',
    {
      status: 201,
      headers: { etag: '"5"', 'content-type': 'application/json' },
      body: '{"reversal":{"amount":0.30,"reversed":0.30,"remaining":0.70,"reason":"refund"},"wallet":{"id":"card","ownerId":"o-1","balance":0.35,"held":0.00,"available":0.35,"status":"active","version":5,"createdAt":"2026-11-22T17:00:00.000Z","updatedAt":"2026-11-22T17:00:02.000Z","currency":"USD"},"otherWallet":{"id":"shop","ownerId":"o-2","balance":0.75,"held":0.00,"available":0.75,"status":"active","version":3,"createdAt":"2026-11-22T17:00:00.500Z","updatedAt":"2026-11-22T17:00:02.000Z","currency":"USD"},"movementId":"shop@3"}',
    },
  ],
];

describe('the answer to a recorded outcome', () => {
  it.each(goldens)('of %s is the same for ever', (_, recorded, answer) => {
    const outcome = decodeOutcome(true, recorded, null);
    expect(answerOf(outcome, 'any request')).toEqual(answer);
    expect(Object.keys(answerOf(outcome, 'any request').headers)).toEqual(
      Object.keys((answer as { headers: object }).headers),
    );
    expect(encodeOutcome(outcome)).toBe(recorded);
  });

  it('of a refusal is what the first request was told', () => {
    const recorded = '[1,"INSUFFICIENT_FUNDS","w-1",{"numbers":{"available":"1.00","currency":"USD"}}]';
    const outcome = decodeOutcome(false, recorded, '{"as":"told"}');
    expect(answerOf(outcome, 'a later request')).toEqual({
      status: 422,
      headers: { 'content-type': 'application/problem+json' },
      body: '{"as":"told"}',
    });
    expect(encodeOutcome(outcome)).toBe(recorded);
  });

  it('of a refusal that nobody was told is made for the request that asks', () => {
    const rejected = { code: 'SAME_WALLET', walletId: 'w-1', detail: 'A transfer needs two.' } as const;
    const outcome: RejectedOutcome = { version: 1, rejected };
    const found = decodeOutcome(false, encodeOutcome(outcome), null);
    expect(found).toEqual(outcome);
    expect(JSON.parse(answerOf(found, 'r-1').body)).toMatchObject({ ...rejected, requestId: 'r-1' });
  });
});

describe('an outcome that this code did not write', () => {
  it.each([
    ['no JSON', true, 'x'],
    ['no array', true, '{}'],
    ['a newer version', true, '[4,"CreditWallet",["w","o","USD","1",1,0,0]]'],
    ['a first version that is none', true, '[2,"CreditWallet",["w","o","USD","1",1,0,0]]'],
    ['a first version above the last', true, '[2,"CreditWallet",["w","o","USD","1",1,0,0,2]]'],
    ['a rejection of version 2', false, '[2,"SAME_WALLET","w",{}]'],
    ['another command', true, '[1,"PaintWallet",["w","o","USD","1",1,0,0]]'],
    ['no wallet', true, '[1,"CreditWallet",["w"]]'],
    ['no list of fields', true, '[1,"CreditWallet",{}]'],
    ['an amount that is none', true, '[1,"CreditWallet",["w","o","USD","-1",1,0,0]]'],
    ['another code', false, '[1,"HOLD_PAINTED","w",{}]'],
    ['a rejection of no wallet', false, '[1,"SAME_WALLET"]'],
  ])('is refused: %s', (_, isAccepted, text) => {
    expect(() => decodeOutcome(isAccepted, text, null)).toThrow(OutcomeDecodeError);
  });
});

it('a rejection is remembered unless its status asks for a corrected request', () => {
  const remembered = rejectionCodes.filter((code) => isRemembered[code]);
  expect(remembered).toEqual(
    rejectionCodes.filter((code) => ![400, 412].includes(problemKinds[code].status)),
  );
});
