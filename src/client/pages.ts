// Walks a list page by page.
import { valueOf } from './errors.ts';
import type { Result } from './operations.ts';

/**
 * Every page of a list. Each page is requested when the caller is done with the page before it. Throws
 * WalletProblemError on a refusal, and an Error if a page leads back to itself. Otherwise such a list would
 * never end.
 */
export async function* everyPage<Page extends { readonly nextCursor: string | null }>(
  ask: (cursor: { readonly cursor?: string }) => Promise<Result<Page>>,
): AsyncGenerator<Page> {
  let cursor: string | null = null;
  do {
    const page: Page = valueOf(await ask(cursor === null ? {} : { cursor }));
    yield page;
    if (page.nextCursor !== null && page.nextCursor === cursor)
      throw new Error(`the page after cursor "${cursor}" leads back to itself`);
    cursor = page.nextCursor;
  } while (cursor !== null);
}
