// Lets any part of the page ask before it acts. The one dialog that asks is in app.tsx.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Action } from './action.ts';

/** `onDone` is called after the action was carried out. */
export type Ask = (action: Action, onDone?: () => void) => void;

export const AskContext = createContext<Ask>(() => undefined);

export function useAsk(): Ask {
  return useContext(AskContext);
}
