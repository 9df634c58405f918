/**
 * Makes something costly once, at its first use, and shares it. Callers at the same time share one attempt. A
 * failed attempt is forgotten, so the next caller tries again.
 */
export function rememberSuccess<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
