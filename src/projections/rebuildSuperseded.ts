// What a rebuild says where its work was taken from under it. One of a kind runs under its fixed workflow id; a second
// one under an id of somebody's own removes what the first one made.

/** The table or the index that a rebuild was making is not there any more: no retry brings it back. */
export class RebuildSupersededError extends Error {
  override readonly name = 'RebuildGoneError';
}
