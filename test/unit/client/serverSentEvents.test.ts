// The frames of a stream of server-sent events, as the client reads them.
import { expect, it } from 'vitest';
import { type Frame, framesOf } from '../../../src/client/serverSentEvents.ts';

async function framesIn(pieces: readonly string[]): Promise<readonly Frame[]> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const frames: Frame[] = [];
  for await (const frame of framesOf(new Response(body), new AbortController().signal)) frames.push(frame);
  return frames;
}

/** Characters that some reader takes for the end of a line. */
const lineEnds = ['\n', '\r', '\v', '\f', '\u001C', '\u001D', '\u001E', '\u0085', '\u2028', '\u2029'];

it.each(lineEnds.map((end) => [JSON.stringify(end), end] as const))(
  'data with the character %s is read whole',
  async (_, end) => {
    const data = JSON.stringify({ description: `one${end}two` });
    expect(await framesIn([`id: a\ndata: ${data}\n\n`, 'id: b\n\n'])).toEqual([
      { id: 'a', data },
      { id: 'b', data: undefined },
    ]);
  },
);

it('a frame is read whole wherever its pieces are cut', async () => {
  const text = 'retry: 2000\nid: a\n\n: \n\nid: b\ndata: {"x":"data: id: \u2028"}\n\n';
  for (let cut = 1; cut < text.length; cut += 1)
    expect(await framesIn([text.slice(0, cut), text.slice(cut)])).toEqual([
      { id: 'a', data: undefined },
      { id: undefined, data: undefined },
      { id: 'b', data: '{"x":"data: id: \u2028"}' },
    ]);
});
