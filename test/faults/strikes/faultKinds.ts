// Every kind of fault that the bench knows.
import type { FaultKind } from './faultKind.ts';

export const faultKinds: readonly FaultKind[] = [];
