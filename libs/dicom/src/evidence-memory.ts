/** Memory for large objects that arrive at the same time, of the whole process: sixteen of the largest. */
const limit = 256 << 20;

let taken = 0;

/** What all collectors together hold beyond their own share. An object that finds no room is answered "out of resources" and sent again. */
export const evidenceMemory = {
  /** Changes a holding; false, and nothing changed, when there is no room for it. */
  change: (from: number, to: number): boolean => {
    if (to > from && taken + to - from > limit) return false;
    taken += to - from;
    return true;
  },
  /** For tests. */
  get taken(): number {
    return taken;
  },
};
