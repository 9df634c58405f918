// Walks a list page by page.
import { valueOf } from './errors.ts';
import type { Result } from './operations.ts';

/**
 * Every page of a list, each asked for when the one before it is done with. Throws WalletProblemError on a
 * refusal, and an Error where a page leads back to itself: a list whose pages go on for ever would hold its
 * reader for ever.
 */
export async function* everyPage<Page extends { readonly nextCursor: string | null }>(
  ask: (cursor: { readonly cursor?: string }) => Promise<Result<Page>>,
): AsyncGenerator<Page> {
  let cursor: string | null = null;
  do {
    const page: Page = valueOf(await ask(cursor === null ? {} : { cursor }));
    yield page;
    if (page.nextCursor !== null && page.nextCursor === cursor)
      throw new Error(`the page behind cursor "${cursor}" leads back to itself`);
    cursor = page.nextCursor;
  } while (cursor !== null);
}
