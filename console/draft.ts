// Keeps what a person has typed in a form, until the address of the page asks for something else.
import { useState } from 'preact/hooks';

/**
 * Begins as `given`, and begins again when `version` changes. The change is seen while the page is drawn. An
 * effect would run after that, and wipe what a quick person has typed by then.
 */
export function useDraft<T>(given: T, version: string): [draft: T, setDraft: (next: T) => void] {
  const [drafted, setDrafted] = useState({ draft: given, version });
  const isOld = drafted.version !== version;
  if (isOld) setDrafted({ draft: given, version });
  return [
    isOld ? given : drafted.draft,
    (next) => {
      setDrafted({ draft: next, version });
    },
  ];
}
