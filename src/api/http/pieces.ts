// Answers that are sent piece by piece, because they may be larger than the memory. Each piece is made when
// the client has taken the one before it.
//
// Invariant: a process makes at most `answersMax` of them at once, and each ends after `timeMaxMs`.
import type { AppContext } from '../context.ts';
import { ProblemError } from './problems.ts';
import { answerSecurity } from './securityHeaders.ts';

export interface PiecesOptions {
  readonly answersMax: number;
  readonly timeMaxMs: number;
  /** Hears why an answer broke off. */
  readonly onFailure: (error: Error, c: AppContext) => void;
}

export type AnswerPieces = (
  c: AppContext,
  pieces: AsyncGenerator<string, void>,
  headers: Readonly<Record<string, string>>,
) => Promise<Response>;

/** An error before the first piece is thrown. A later one breaks the answer off, and the client sees that. */
export function createAnswerPieces({ answersMax, timeMaxMs, onFailure }: PiecesOptions): AnswerPieces {
  let underWay = 0;
  return async function answerPieces(c, pieces, headers) {
    if (underWay >= answersMax) {
      const detail = `This process sends ${answersMax} long answers at once.`;
      throw new ProblemError({ code: 'TOO_MANY_READS', detail });
    }
    underWay += 1;
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      underWay -= 1;
    };
    const all = { ...answerSecurity, 'cache-control': 'no-store', ...headers, ...c.get('rateHeaders') };
    const sent = { headers: { ...all, 'x-request-id': c.get('requestId') } };
    try {
      const first = await pieces.next();
      // Nobody reads the body of a HEAD request, so nobody would end it.
      if (c.req.method !== 'HEAD') {
        const fail = (error: Error) => {
          onFailure(error, c);
        };
        return new Response(bodyOf(first, pieces, { timeMaxMs, end, fail }), sent);
      }
      await pieces.return();
    } catch (error) {
      end();
      throw error;
    }
    end();
    return new Response(null, sent);
  };
}

interface Ending {
  readonly timeMaxMs: number;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

function bodyOf(
  first: IteratorResult<string, void>,
  pieces: AsyncGenerator<string, void>,
  { timeMaxMs, end, fail }: Ending,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: IteratorResult<string, void> | undefined = first;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    isOver = true;
    clearTimeout(timer);
    end();
  };
  const breakOff = (controller: ReadableStreamDefaultController, error: Error) => {
    if (isOver) return;
    stop();
    fail(error);
    controller.error(error);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setTimeout(() => {
          breakOff(controller, new Error(`an answer took longer than ${timeMaxMs} ms`));
          pieces.return().catch(ignoreError);
        }, timeMaxMs).unref();
      },
      async pull(controller) {
        try {
          const piece = next ?? (await pieces.next());
          next = undefined;
          if (isOver) return;
          if (!piece.done) {
            controller.enqueue(encoder.encode(piece.value));
            return;
          }
          stop();
          controller.close();
        } catch (error) {
          breakOff(controller, error as Error);
        }
      },
      async cancel() {
        stop();
        await pieces.return();
      },
    },
    // A piece that nobody has asked for is not made.
    { highWaterMark: 0 },
  );
}

/** The answer broke off for another reason, which was told. */
function ignoreError(): void {
  return;
}
