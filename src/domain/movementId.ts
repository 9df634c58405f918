// Names a movement of money by its first event: the event's wallet and the version that it reached. Pure. The
// id is made of what every event already has, so events of any age have one and nothing is stored.
//
// Invariant: a movement has one id. For a transfer it is made of the sender's half.

/** `@` cannot stand in a wallet id. */
const movementIdPattern = /^([A-Za-z0-9._:-]{1,128})@([1-9]\d{0,14})$/;

export function movementIdOf(walletId: string, version: number): string {
  return `${walletId}@${version}`;
}

/** The wallet and the version that the text names, or undefined if it is no movement id. */
export function parseMovementId(
  text: string,
): { readonly walletId: string; readonly version: number } | undefined {
  const [, walletId, version] = movementIdPattern.exec(text) ?? [];
  return walletId === undefined ? undefined : { walletId, version: Number(version) };
}
