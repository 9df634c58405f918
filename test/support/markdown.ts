// Reads README.md and docs/ for a test: blocks of commands with their expected output, anchors of headings,
// links.

export interface Commands {
  /** Line of the fence. */
  readonly line: number;
  readonly script: string;
  /** Why a test can't run it; undefined if it is run. */
  readonly notRun: string | undefined;
  /** The text of the `output` or `json` block that follows at once. */
  readonly output: string | undefined;
}

interface Fence {
  readonly line: number;
  readonly language: string;
  readonly rest: string;
  readonly text: string;
  /** Whether only blank lines separate it from the fence before. */
  readonly follows: boolean;
}

/**
 * Every `sh` block, in order. Throws if a fence has any other words after `sh` than a reason not to run it.
 */
export function commandsIn(markdown: string): readonly Commands[] {
  const fences = fencesIn(markdown);
  return fences.flatMap(({ line, language, rest, text }, index) => {
    if (language !== 'sh') return [];
    const notRun = /^not-run="([^"]{10,})"$/.exec(rest)?.[1];
    if (rest !== '' && notRun === undefined)
      throw new Error(`line ${line}: after sh comes nothing or not-run="a reason", not ${rest}`);
    const next = fences[index + 1];
    const isOutput = next !== undefined && next.follows && ['output', 'json'].includes(next.language);
    return [{ line, script: text, notRun, output: isOutput ? next.text : undefined }];
  });
}

function fencesIn(markdown: string): readonly Fence[] {
  let end = 0;
  return [...markdown.matchAll(/^```(\w*) *(.*)\n([^]*?)^```$/gm)].map(
    ({ 0: whole, 1: language = '', 2: rest = '', 3: text = '', index }) => {
      const follows = markdown.slice(end, index).trim() === '';
      end = index + whole.length;
      return { line: markdown.slice(0, index).split('\n').length, language, rest, text, follows };
    },
  );
}

/** The text outside fences. */
function prose(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```$/gm, '');
}

/** The anchors of the headings, in GitHub's form. */
export function anchorsIn(markdown: string): ReadonlySet<string> {
  const headings = [...prose(markdown).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** The targets of links within the repository. */
export function linksIn(markdown: string): readonly string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/**
 * A pattern for the printed text. The lines of `output` must come in this order. `…` stands for anything
 * within a line, and alone on a line for any number of lines. Any time fits a time. More lines may follow the
 * last one.
 */
export function shapeOf(output: string): RegExp {
  return new RegExp(`^${output.trimEnd().split('\n').map(lineShape).join('')}`);
}

const anyTime = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';

function lineShape(line: string): string {
  if (line.trim() === '…') return '(?:[^\\n]*\\n)*?';
  const parts = line.split('…').map((text) =>
    text
      .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\\\.\d{3}Z/g, anyTime)
      .replaceAll(/ +/g, ' *'),
  );
  return `${parts.join('[^\\n]*?')}\\s*?(?:\\n|$)`;
}
