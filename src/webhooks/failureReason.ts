// Names why a webhook got no whole answer, in one of a few words that the owner of the endpoint is shown. The
// message of an error is not shown, because it may name addresses of our network. Pure.

export type FailureReason =
  | 'timeout'
  | 'connectTimeout'
  | 'addressNotAllowed'
  | 'nameNotResolved'
  | 'connectionRefused'
  | 'unreachable'
  | 'connectionClosed'
  | 'tls'
  | 'badAnswer'
  | 'connectionFailed';

const reasons: Readonly<Record<string, FailureReason>> = {
  WEBHOOK_ADDRESS: 'addressNotAllowed',
  WEBHOOK_NAME: 'nameNotResolved',
  UND_ERR_CONNECT_TIMEOUT: 'connectTimeout',
  ETIMEDOUT: 'connectTimeout',
  ECONNREFUSED: 'connectionRefused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ECONNRESET: 'connectionClosed',
  EPIPE: 'connectionClosed',
  UND_ERR_SOCKET: 'connectionClosed',
  UND_ERR_HEADERS_OVERFLOW: 'badAnswer',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'badAnswer',
  EPROTO: 'tls',
};

/** The codes of OpenSSL and of Node.js for a certificate or a handshake that failed. */
const tlsCode =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_(?:CA|PURPOSE)$|HOSTNAME_MISMATCH$|PATH_LENGTH_EXCEEDED$)/;

/** These are no failures of a receiver: a request that can't be sent, or an agent that was closed. */
const ownCode =
  /^(?:UND_ERR_(?:INVALID_ARG|REQ_CONTENT_LENGTH_MISMATCH|DESTROYED|CLOSED|NOT_SUPPORTED)$|ERR_INVALID_)/;

/** Throws the error again if it is none of a receiver or of the way to it. */
export function reasonOf(error: unknown): FailureReason {
  // undici gives only some of these a code.
  if (error instanceof Error && error.name === 'HTTPParserError') return 'badAnswer';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || ownCode.test(code)) throw error;
  if (tlsCode.test(code)) return 'tls';
  return reasons[code] ?? 'connectionFailed';
}
