// The page shows foreign text without characters that hide or move what is beside them.
import { Fragment, h } from 'preact';
import { describe, expect, it } from 'vitest';
import { makeVisible } from '../../../console/visibleText.ts';

const foreign = [
  ['a right-to-left override', '\u202e', '\\u202e'],
  ['an isolate', '\u2066', '\\u2066'],
  ['a character of no width', '\u200b', '\\u200b'],
  ['a control character', '\u001b', '\\u001b'],
  ['a soft hyphen', '\u00ad', '\\u00ad'],
  ['a tag', '\u{e0041}', '\\udb40\\udc41'],
] as const;

describe.each(foreign)('%s', (_, character, shown) => {
  const text = `paid${character}100`;

  it('is shown as its escape in a text', () => {
    const node = { type: null, props: text };
    makeVisible(node);
    expect(node.props).toBe(`paid${shown}100`);
  });

  it.each(['title', 'aria-label', 'alt', 'placeholder', 'data-label'])(
    'is shown as its escape in %s',
    (name) => {
      const node = h('td', { [name]: text });
      makeVisible(node);
      expect(node.props).toMatchObject({ [name]: `paid${shown}100` });
    },
  );

  it.each(['value', 'href', 'id'])('stays in %s, which is typed or followed', (name) => {
    const node = h('input', { [name]: text });
    makeVisible(node);
    expect(node.props).toMatchObject({ [name]: text });
  });
});

it('the props of a component stay as they are: it may compute with them', () => {
  const part = () => null;
  for (const type of [part, Fragment]) {
    const node = { type, props: { title: 'a\u202eb' } };
    makeVisible(node);
    expect(node.props).toMatchObject({ title: 'a\u202eb' });
  }
});
