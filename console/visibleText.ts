// Shows foreign text without characters that hide, or that move what is beside them. It stands between the
// page's components and the browser, so no component can forget it.
//
// Invariant: no text of the page, and no attribute that a reader sees or hears, holds such a character. What
// a reader types, and the addresses of links, stay as they are.
import { options } from 'preact';
import { withVisibleText } from '../src/foreignText.ts';

/** Attributes whose text is shown or read aloud. */
const shown: readonly string[] = ['title', 'aria-label', 'alt', 'placeholder', 'data-label'];

/** Changes the node in place, before it is compared with the page. */
export function makeVisible(node: { readonly type: unknown; props: unknown }): void {
  // The node of a bare text has no type, and its props are the text.
  if (typeof node.props === 'string') node.props = withVisibleText(node.props);
  else if (typeof node.type === 'string') {
    const props = node.props as Record<string, unknown>;
    for (const name of shown) {
      const value = props[name];
      if (typeof value === 'string') props[name] = withVisibleText(value);
    }
  }
}

export function showForeignTextVisibly(): void {
  options.vnode = makeVisible;
}
