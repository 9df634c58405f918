// Shows text from outside so that it is what it seems. Every place that shows such text to a person uses this
// one table: the terminal, the log, and the console's page.
//
// Invariant: nothing that is shown holds a character that moves the cursor, turns the direction of text, or
// cannot be seen. It is shown as its escape instead, such as \u202e.

/**
 * Control characters (C0 but tab and line feed, DEL, C1), the soft hyphen, characters that turn the direction
 * of text, and those of no width. The last range holds the tags, in which text can hide.
 */
const unseen =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|[\ud800-\udfff]/gu;

/** For text that may have several lines, such as JSON. In a JSON text the result has the same meaning. */
export function withVisibleText(text: string): string {
  return text.replace(unseen, escapeOf);
}

/** For one value in a line or a cell: a line feed or a tab would look like the end of it. */
export function visible(text: string): string {
  return withVisibleText(text).replace(/[\t\n]/g, escapeOf);
}

const reasonLengthMax = 500;

/** For the reason why a row can't be read. It quotes the row, so it may have any length. */
export function visibleReason(reason: string): string {
  return visible(reason.slice(0, reasonLengthMax));
}

function escapeOf(characters: string): string {
  let escaped = '';
  for (let index = 0; index < characters.length; index += 1)
    escaped += `\\u${characters.charCodeAt(index).toString(16).padStart(4, '0')}`;
  return escaped;
}
