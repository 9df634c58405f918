// Reads the value of a page by one request, and keeps the reason of a failure. A page that is read again
// shows its former value until the next one is there, so that focus and scroll position stay.
import { useEffect, useState } from 'preact/hooks';

export interface ReadState<T> {
  readonly value: T | undefined;
  readonly failure: string | undefined;
  /** Reads once more. */
  readonly again: () => void;
}

/** Reads anew when one of `keys` changes. An answer to an earlier request is dropped. */
export function useRead<T>(read: () => Promise<T>, keys: readonly unknown[]): ReadState<T> {
  const [value, setValue] = useState<T>();
  const [failure, setFailure] = useState<string>();
  const [repeats, setRepeats] = useState(0);
  useEffect(() => {
    let isStale = false;
    setFailure(undefined);
    read().then(
      (found) => {
        if (!isStale) setValue(found);
      },
      (error: unknown) => {
        if (!isStale) setFailure(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      isStale = true;
    };
  }, [...keys, repeats]);
  const again = () => {
    setRepeats((before) => before + 1);
  };
  return { value, failure, again };
}
