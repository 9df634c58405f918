// Shares one run of something among all who ask for it meanwhile.

/** A function that starts `run`, or waits for the run under way. */
export function oneAtATime<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | undefined;
  return () => {
    underWay ??= run().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
