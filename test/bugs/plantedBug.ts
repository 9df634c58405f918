// A small fault that somebody could make in a late hour, as data: what is changed where, what it would do to people's
// money, and the one test that has to say so. `npm run test:bugs` plants them one at a time.
export interface PlantedBug {
  /** Unique; what `--only` asks for. */
  readonly name: string;
  /** What it would do in production, in one sentence. */
  readonly harm: string;
  readonly file: string;
  /** Text that stands in the file exactly once; a bug that no longer finds it is stale and has to be looked at. */
  readonly find: string;
  readonly replace: string;
  readonly test: NamedTest;
}

export interface NamedTest {
  readonly file: string;
  /** In full, the names of its groups in front, as the reporter has it. */
  readonly name: string;
}

/** The file's text with the bug in it; undefined where `find` does not stand in it exactly once. */
export function plantIn(text: string, { find, replace }: PlantedBug): string | undefined {
  const parts = text.split(find);
  return parts.length === 2 ? parts.join(replace) : undefined;
}
