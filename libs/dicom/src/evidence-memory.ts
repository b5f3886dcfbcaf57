/** Memory for large objects that arrive or wait for their answer at the same time, of the whole process: sixteen of the largest. */
const limit = 256 << 20;

let taken = 0;
const lent = new WeakMap<Buffer, number>();
/** Objects whose association ended before their answer. */
const forgotten = new FinalizationRegistry<number>((bytes) => {
  taken -= bytes;
});

/** What all collectors together hold beyond their own share. An object that finds no room is answered "out of resources", and sent again by its sender. */
export const evidenceMemory = {
  /** Changes a holding; false, and nothing changed, when there is no room for it. */
  change: (from: number, to: number): boolean => {
    if (to > from && taken + to - from > limit) return false;
    taken += to - from;
    return true;
  },
  /** A holding of so many bytes goes on as this data set, until it is given back or nobody has it any more. */
  lend: (dataSet: Buffer, bytes: number): void => {
    lent.set(dataSet, bytes);
    forgotten.register(dataSet, bytes, dataSet);
  },
  giveBack: (dataSet: Buffer | undefined): void => {
    if (dataSet === undefined || !lent.has(dataSet)) return;
    taken -= lent.get(dataSet) ?? 0;
    lent.delete(dataSet);
    forgotten.unregister(dataSet);
  },
  /** For tests. */
  get taken(): number {
    return taken;
  },
};
