// Lets any part of the page ask before it acts. The one dialog that asks is in app.tsx.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Action } from './actions.ts';

export const AskContext = createContext<(action: Action) => void>(() => undefined);

export function useAsk(): (action: Action) => void {
  return useContext(AskContext);
}
