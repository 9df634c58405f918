// Writing JSON with exact amounts: `JSON.rawJSON` puts the decimal text into the output as a number, digit for
// digit. (TypeScript's library does not know it yet.)
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** A value that JSON.stringify writes as exactly this number. */
export function jsonNumber(decimal: string): unknown {
  return JSON.rawJSON(decimal);
}
