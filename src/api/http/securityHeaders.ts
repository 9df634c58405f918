// The headers that tell a browser what it must not do with an answer. Each answer has them: JSON, pages,
// their assets and refusals.
//
// Invariant: no policy allows inline scripts or styles, another server, or a frame around a page.

/** For an answer that is no page. If a browser shows it all the same, nothing in it runs. */
export const answerSecurity = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** What a page may do besides showing text and its own scripts and styles. */
interface PageNeeds {
  /** Sends forms to this server. */
  readonly forms?: true;
  /** Has pictures in its styles. */
  readonly dataPictures?: true;
}

/** For a page and its assets. Scripts and styles come only from this server, and the page holds none. */
export function pageSecurity({ forms, dataPictures }: PageNeeds = {}): Readonly<Record<string, string>> {
  return {
    ...answerSecurity,
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      `img-src 'self'${dataPictures ? ' data:' : ''}`,
      "connect-src 'self'",
      "base-uri 'none'",
      `form-action '${forms ? 'self' : 'none'}'`,
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

/** A year. Names below this one may belong to others, so they are left out. */
export const strictTransport = 'max-age=31536000';
