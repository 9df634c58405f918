// Closes a connection while Temporal is away. A forwarder on a separate port stands in for a Temporal that
// disappears.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, inject, it, onTestFinished } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { connectRecoveries } from '../../../src/temporal/connectRecoveries.ts';
import { TemporalUnavailableError } from '../../../src/temporal/temporalUnavailable.ts';
import { eventually } from '../../support/eventually.ts';
import { forwardTo } from '../../../harness/proxy/proxy.ts';

it.each([
  ['waits for its next attempt', 0],
  ['has a next attempt that is overdue, because the event loop was busy', 500],
])('a connection can be closed while a call %s, and nothing is thrown afterwards', async (_, busyMs) => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.on('uncaughtException', note);
  onTestFinished(() => void process.off('uncaughtException', note));

  const { port, close: disappear } = await forwardTo(`http://${inject('temporalAddress')}`);
  const { recoveries, close } = connectRecoveries(readConfig({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` }));
  await recoveries.temporalFacts();
  await disappear();
  let attempts = 0;
  const dead = createServer((socket) => {
    attempts += 1;
    socket.destroy();
  }).listen(port, '127.0.0.1');
  await once(dead, 'listening');
  onTestFinished(() => void dead.close());

  const asked = expect(recoveries.temporalFacts()).rejects.toThrow(TemporalUnavailableError);
  await eventually(() => attempts > 0);
  // The attempt was noted by the server. A turn later the client knows that it failed, and sets its timer.
  await new Promise(setImmediate);
  const busyUntil = performance.now() + busyMs;
  while (performance.now() < busyUntil);
  await close();
  await asked;
  expect(uncaught).toEqual([]);
});
