// Builds the options with which the API and the worker connect to Temporal. On a developer's machine the
// connection is in the clear. Elsewhere it uses TLS and a certificate or a key. The settings have the names
// that the `temporal` command line reads.
import { readFileSync } from 'node:fs';
import type { Config } from '../config/config.ts';

export type ConnectionSettings = Pick<
  Config,
  | 'TEMPORAL_ADDRESS'
  | 'TEMPORAL_TLS'
  | 'TEMPORAL_API_KEY'
  | 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'
  | 'TEMPORAL_TLS_CLIENT_CERT_PATH'
  | 'TEMPORAL_TLS_CLIENT_KEY_PATH'
  | 'TEMPORAL_TLS_SERVER_NAME'
>;

interface TemporalTls {
  readonly serverRootCACertificate?: Buffer;
  readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
  readonly serverNameOverride?: string;
}

export interface ConnectionOptions {
  readonly address: string;
  /** Without this the connection is in the clear. */
  readonly tls?: TemporalTls;
  readonly apiKey?: string;
}

/**
 * For `Connection` and `NativeConnection`. Throws if a file cannot be read: a typing error must not turn TLS
 * off.
 */
export function connectionOptions(config: ConnectionSettings): ConnectionOptions {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: apiKey } = config;
  const authority = config.TEMPORAL_TLS_SERVER_CA_CERT_PATH;
  const certificate = config.TEMPORAL_TLS_CLIENT_CERT_PATH;
  const serverName = config.TEMPORAL_TLS_SERVER_NAME;
  const isSecure = config.TEMPORAL_TLS || [apiKey, authority, certificate, serverName].some(isGiven);
  if (!isSecure) return { address };
  const tls: TemporalTls = {
    ...(isGiven(authority) && { serverRootCACertificate: readFileSync(authority) }),
    ...(isGiven(certificate) && {
      clientCertPair: {
        crt: readFileSync(certificate),
        key: readFileSync(config.TEMPORAL_TLS_CLIENT_KEY_PATH),
      },
    }),
    ...(isGiven(serverName) && { serverNameOverride: serverName }),
  };
  return { address, tls, ...(isGiven(apiKey) && { apiKey }) };
}

function isGiven(text: string): boolean {
  return text !== '';
}
