// Runs the receiver of docs/webhooks.md as it is printed there, and sends to it what the service would send.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../../../stack/ports.ts';
import { sendWebhook } from '../../../src/webhooks/send.ts';
import { newSecret, parseSecret, signWebhook } from '../../../src/webhooks/signature.ts';
import type { WebhookAgent } from '../../../src/webhooks/webhookAgent.ts';
import { eventually } from '../../support/eventually.ts';
import { testAgent } from '../../support/webhookReceiver.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const linesMax = 20;
/** A process starts slowly on a busy machine. */
const startMaxMs = 30_000;
const { text, publicText } = newSecret('ed25519');
const body = readFileSync(path.join(root, 'test/fixtures/cloudEvents/wallet.credited.v1.json'));
const program = /```ts\n(.*?)```/s.exec(readFileSync(path.join(root, 'docs/webhooks.md'), 'utf8'))?.[1] ?? '';

let folder: string;
let receiver: ChildProcess;
let agent: WebhookAgent;
let url: string;
let output = '';

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'receiver-'));
  // As if the package were installed there.
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(root, path.join(folder, 'node_modules/wallet-service'));
  writeFileSync(path.join(folder, 'receiver.ts'), program);
  const [port = 0] = await freePorts(1);
  url = `http://127.0.0.1:${port}/`;
  agent = testAgent({ ports: [443] });
  receiver = spawn(process.execPath, [path.join(folder, 'receiver.ts')], {
    env: { PORT: String(port), WEBHOOK_SECRET: publicText },
  });
  for (const stream of [receiver.stdout, receiver.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await eventually(async () => (await fetch(url)).status === 400);
}, startMaxMs);
afterAll(async () => {
  receiver.kill();
  await agent.close();
  rmSync(folder, { recursive: true });
});

const signedAt = (timestampSeconds: number) => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(timestampSeconds),
  'webhook-signature': signWebhook([parseSecret(text)], { id: 'msg_1', timestampSeconds, body }),
});

it(`the receiver of the page has at most ${linesMax} lines`, () => {
  expect(program.trim().split('\n').length).toBeLessThanOrEqual(linesMax);
});

it('the receiver of the page takes an event once, and refuses what was not signed for it', async () => {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const headers = signedAt(nowSeconds);
  for (let round = 0; round < 2; round += 1)
    expect(await sendWebhook(agent, { url, headers, body })).toMatchObject({
      outcome: 'delivered',
      status: 204,
    });
  const forged = { url, headers, body: Buffer.from(body.toString().replace('credited', 'debited')) };
  expect(await sendWebhook(agent, forged)).toMatchObject({ outcome: 'failed', status: 400 });
  const old = { url, headers: signedAt(nowSeconds - 3_600), body };
  expect(await sendWebhook(agent, old)).toMatchObject({ outcome: 'failed', status: 400 });
  const event = JSON.parse(body.toString()) as { type: string; subject: string; data: { version: number } };
  const line = `${event.type} ${event.subject} ${event.data.version}`;
  await eventually(
    () => output.includes('no signature matches') && /the request is 36\d\d s old/.test(output),
  );
  expect(output.split(line)).toHaveLength(2);
});
