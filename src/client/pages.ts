// Walks a list page by page.
import { valueOf } from './errors.ts';
import type { Result } from './operations.ts';

/** Every page of a list, each asked for when the one before it is done with. Throws WalletProblemError on a refusal. */
export async function* everyPage<Page extends { readonly nextCursor: string | null }>(
  ask: (cursor: { readonly cursor?: string }) => Promise<Result<Page>>,
): AsyncGenerator<Page> {
  let cursor: string | null = null;
  do {
    const page: Page = valueOf(await ask(cursor === null ? {} : { cursor }));
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
