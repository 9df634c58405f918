// Keeps several pages of the log in hand for a drain. Their work overlaps, and they end in the order in which
// they began. Knows nothing of events, stores and checkpoints.
//
// Invariant: a page ends well only after every page before it has ended well. After the first page that
// fails, every later one fails too, and no further page begins.

/** The waits of a page for earlier ones. Each rejects with the error of an earlier page. */
export interface Turn {
  /** Resolves once every earlier page has said that it has written. */
  readonly toWrite: () => Promise<void>;
  /** Lets the next page write. */
  readonly hasWritten: () => void;
  /** Resolves once every earlier page has ended well. */
  readonly toEnd: () => Promise<void>;
}

interface Bounds<Result> {
  readonly pagesMax: number;
  /** A page that is larger is in hand alone. */
  readonly bytesMax: number;
  /** Hears the results in the order of the pages. */
  readonly onEnd: (result: Result) => void;
  readonly onCount?: ((pages: number) => void) | undefined;
}

export interface PagesInHand<Result> {
  readonly count: () => number;
  /** Resolves once a page of this size has room. Rejects as `ended` does if a page has failed. */
  readonly room: (bytes: number) => Promise<void>;
  /** Begins the work of a page. Call it after `room`. */
  readonly begin: (bytes: number, work: (turn: Turn) => Promise<Result>) => void;
  /** Resolves once every page has ended. Rejects with the error of the first page that failed. */
  readonly ended: () => Promise<void>;
}

interface Page {
  readonly bytes: number;
  readonly written: Promise<void>;
  readonly ended: Promise<void>;
}

export function createPagesInHand<Result>(bounds: Bounds<Result>): PagesInHand<Result> {
  const { pagesMax, bytesMax, onEnd, onCount } = bounds;
  const inHand: Page[] = [];
  let last: Pick<Page, 'written' | 'ended'> = { written: Promise.resolve(), ended: Promise.resolve() };
  let hasFailed = false;

  function begin(bytes: number, work: (turn: Turn) => Promise<Result>): void {
    const before = last;
    const written = Promise.withResolvers<undefined>();
    const turn: Turn = {
      toWrite: () => before.written,
      hasWritten: () => {
        written.resolve(undefined);
      },
      toEnd: () => before.ended,
    };
    const ended = endInOrder(work(turn), before.ended);
    ended.then(turn.hasWritten, written.reject);
    const page: Page = { bytes, written: written.promise, ended };
    // Every error comes out of `ended` below. A page that nobody follows must not count as unhandled.
    for (const promise of [page.written, page.ended]) promise.catch(() => undefined);
    last = page;
    inHand.push(page);
    onCount?.(inHand.length);
  }

  /** Waits for the work in any case, because nothing may go on after a drain has ended. */
  async function endInOrder(working: Promise<Result>, before: Promise<void>): Promise<void> {
    working.catch(() => {
      hasFailed = true;
    });
    try {
      await before;
      onEnd(await working);
    } catch (error) {
      hasFailed = true;
      await working.catch(() => undefined);
      throw error;
    } finally {
      // Pages end in order, so the first one is this one.
      inHand.shift();
      onCount?.(inHand.length);
    }
  }

  const isFull = (bytes: number) =>
    inHand.length >= pagesMax || inHand.reduce((sum, page) => sum + page.bytes, bytes) > bytesMax;

  return {
    count: () => inHand.length,
    room: async (bytes) => {
      while (!hasFailed && inHand[0] !== undefined && isFull(bytes))
        await inHand[0].ended.catch(() => undefined);
      if (hasFailed) await last.ended;
    },
    begin,
    ended: () => last.ended,
  };
}
