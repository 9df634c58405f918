// Seconds from a fault until doctor and the console told it, by condition, as measured on the local stack.
// docs/conditions.md shows them. A condition without an entry was not measured.

export const toldWithin: Readonly<Record<string, string>> = {};
