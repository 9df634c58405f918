// Reads the beginning of an HTTP request in a chunk of bytes. A chunk of another protocol does not look like
// one, and passes unread.
const requestIdHeader = /\r\nx-request-id: *([^\r\n]+)/i;
const keyHeader = /\r\nidempotency-key:/i;

/** Ends the request id of a copy, so that its effects can be told from those of the original. */
export const copySuffix = '.copy';

/** The X-Request-Id of a POST that begins here. */
export function requestIdOf(chunk: Buffer): string | undefined {
  return isPost(chunk) ? requestIdHeader.exec(chunk.toString('latin1'))?.[1] : undefined;
}

export function hasIdempotencyKey(chunk: Buffer): boolean {
  return isPost(chunk) && keyHeader.test(chunk.toString('latin1'));
}

/** The same request, byte for byte except for its id. */
export function copyOf(chunk: Buffer): Buffer {
  const text = chunk.toString('latin1');
  return Buffer.from(
    text.replace(requestIdHeader, (header) => `${header}${copySuffix}`),
    'latin1',
  );
}

function isPost(chunk: Buffer): boolean {
  return chunk.subarray(0, 5).toString('latin1') === 'POST ';
}
