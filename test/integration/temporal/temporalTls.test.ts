// Connects to a Temporal that requires TLS and a client's certificate. Both connections succeed with the
// settings for it, and neither does without. The certificates in test/fixtures/tls serve only this test, and
// the key of their authority is lost.
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/configError.ts';
import { connectRecoveries } from '../../../src/temporal/connectRecoveries.ts';
import { TemporalUnavailableError } from '../../../src/temporal/temporalUnavailable.ts';
import { connectionOptions } from '../../../src/temporal/connectionOptions.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { connectToTemporal } from '../../../worker/temporalRuntime.ts';

const fileOf = (name: string) => new URL(`../../fixtures/tls/${name}`, import.meta.url).pathname;
let proxy: Server;
let address: string;

beforeAll(async () => {
  const [host, port] = inject('temporalAddress').split(':');
  const pem = (name: string) => readFileSync(fileOf(name));
  const mutual = { ca: pem('ca.pem'), cert: pem('server.pem'), key: pem('server.key'), requestCert: true };
  proxy = createServer({ ...mutual, rejectUnauthorized: true, ALPNProtocols: ['h2'] }, (socket) => {
    const upstream = connect(Number(port), host);
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(() => {
  proxy.close();
});

const ours = {
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: fileOf('ca.pem'),
  TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
};
const known = {
  ...ours,
  TEMPORAL_TLS_CLIENT_CERT_PATH: fileOf('client.pem'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: fileOf('client.key'),
};
const configOf = (more: Readonly<Record<string, string>>) =>
  readConfig({ TEMPORAL_ADDRESS: address, ...more });

describe('Temporal behind TLS', () => {
  it("answers the API's connection with a certificate that it knows", async () => {
    const { recoveries, close } = connectRecoveries(configOf(known));
    expect((await recoveries.temporalFacts()).serverVersion).toMatch(/^\d+\.\d+/);
    await close();
  });

  it("answers the worker's connection with a certificate that it knows", async () => {
    const log = createLog('silent', 'worker');
    const connection = await connectToTemporal(configOf(known), log, new AbortController().signal);
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    expect(serverVersion).toMatch(/^\d+\.\d+/);
    await connection.close();
  });

  it.each([
    ['in the clear', {}],
    ['without a certificate', ours],
    ['with an authority that is not its own', { ...known, TEMPORAL_TLS_SERVER_CA_CERT_PATH: '' }],
  ])('does not answer %s', async (_, more) => {
    const { recoveries } = connectRecoveries(configOf(more));
    await expect(recoveries.temporalFacts()).rejects.toThrow(TemporalUnavailableError);
  });
});

describe('the settings', () => {
  it('connect without encryption by default, and with TLS if any of them is set', () => {
    expect(connectionOptions(configOf({}))).toEqual({ address });
    expect(connectionOptions(configOf({ TEMPORAL_TLS: 'true' }))).toEqual({ address, tls: {} });
    expect(connectionOptions(configOf({ TEMPORAL_API_KEY: 'k' }))).toEqual({
      address,
      tls: {},
      apiKey: 'k',
    });
  });

  it('name a file that has to be there, and both halves of a pair', () => {
    const absent = configOf({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere.pem' });
    expect(() => connectionOptions(absent)).toThrow('/nowhere.pem');
    expect(() => configOf({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/a.pem' })).toThrow(ConfigError);
  });
});
