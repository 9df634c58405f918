// What the proxy reads in a chunk that begins an HTTP request. Other protocols' chunks look like none, and pass unread.
const requestIdHeader = /\r\nx-request-id: *([^\r\n]+)/i;
const keyHeader = /\r\nidempotency-key:/i;

/** Ends the request id of a copy: what the copy led to has to be told from what the first one did. */
export const copySuffix = '.copy';

/** The X-Request-Id of a POST that begins here. */
export function requestIdOf(chunk: Buffer): string | undefined {
  return isPost(chunk) ? requestIdHeader.exec(chunk.toString('latin1'))?.[1] : undefined;
}

export function hasIdempotencyKey(chunk: Buffer): boolean {
  return isPost(chunk) && keyHeader.test(chunk.toString('latin1'));
}

/** The same request, byte for byte but for its id. */
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
