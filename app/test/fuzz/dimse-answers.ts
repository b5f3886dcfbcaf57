/** An answer of the acceptor to one DIMSE request. */
export type DimseAnswer = {
  readonly field: number;
  readonly status: number;
  readonly sopInstanceUid: string;
  readonly comment: string;
};
export type Answers = { readonly answers: readonly DimseAnswer[]; readonly malformed: string | undefined };

/** What an acceptor may send, with the length of its body where that is fixed (PS3.8 §9.3). */
const lengths: ReadonlyMap<number, number | undefined> = new Map([
  [2, undefined],
  [3, 4],
  [4, undefined],
  [6, 4],
  [7, 4],
]);

/** Reads what an acceptor sent over one association, and whether it is well formed to the last byte. */
export function readAnswers(bytes: Buffer): Answers {
  const answers: DimseAnswer[] = [];
  let command: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 6 > bytes.length) return { answers, malformed: 'PDU cut short' };
    const type = bytes.readUInt8(at);
    const length = bytes.readUInt32BE(at + 2);
    const expected = lengths.get(type);
    if (!lengths.has(type) || (expected !== undefined && expected !== length))
      return { answers, malformed: `PDU of type ${type}, length ${length}` };
    const end = at + 6 + length;
    if (end > bytes.length) return { answers, malformed: 'PDU body cut short' };
    for (let value = at + 6; type === 4 && value < end; ) {
      const next = value + 4 + bytes.readUInt32BE(value);
      const flags = bytes.readUInt8(value + 5);
      if ((flags & 1) === 0) return { answers, malformed: 'a data set where only answers are due' };
      command.push(bytes.subarray(value + 6, next));
      if ((flags & 2) === 2) {
        answers.push(readAnswer(Buffer.concat(command)));
        command = [];
      }
      value = next;
    }
    at = end;
  }
  return { answers, malformed: undefined };
}

/** Elements (0000,0100), (0000,0900), (0000,0902) and (0000,1000) of a command set. */
function readAnswer(command: Buffer): DimseAnswer {
  let [field, status, sopInstanceUid, comment] = [0, -1, '', ''];
  for (let at = 0; at + 8 <= command.length; ) {
    const element = command.readUInt16LE(at + 2);
    const end = at + 8 + command.readUInt32LE(at + 4);
    if (element === 0x0100) field = command.readUInt16LE(at + 8);
    if (element === 0x0900) status = command.readUInt16LE(at + 8);
    if (element === 0x1000) sopInstanceUid = command.toString('latin1', at + 8, end).replace(/[\0 ]+$/, '');
    if (element === 0x0902) comment = command.toString('latin1', at + 8, end).trim();
    at = end;
  }
  return { field, status, sopInstanceUid, comment };
}
