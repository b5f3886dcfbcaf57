/** A DICOM file as a sender would take it apart: what it announces in the command, and the data set in its transfer syntax. */
export type LooseFile = {
  readonly transferSyntax: string;
  readonly dataSet: Buffer;
  readonly sopClassUid: string | undefined;
  readonly sopInstanceUid: string | undefined;
};

const implicit = '1.2.840.10008.1.2';
const explicit = '1.2.840.10008.1.2.1';
const bigEndian = '1.2.840.10008.1.2.2';

/**
 * Reads files that PS3.10 would refuse too: without preamble, without meta information, without its length or its transfer syntax.
 * What is missing is guessed from the first element (PS3.5 §7.1), as tolerant senders do.
 */
export function looseFile(bytes: Buffer): LooseFile {
  const start = bytes.toString('latin1', 128, 132) === 'DICM' ? 132 : 0;
  const meta = new Map<number, string>();
  let at = start;
  while (at + 8 <= bytes.length && bytes.readUInt16LE(at) === 0x0002) {
    const long = /^(OB|UN)$/.test(bytes.toString('latin1', at + 4, at + 6));
    const length = long ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
    const head = long ? 12 : 8;
    meta.set(
      bytes.readUInt16LE(at + 2),
      bytes.toString('latin1', at + head, at + head + length).replace(/[\0 ]+$/, ''),
    );
    at += head + length;
  }
  const dataSet = bytes.subarray(at);
  return {
    transferSyntax: meta.get(0x0010) ?? guess(dataSet),
    dataSet,
    sopClassUid: meta.get(0x0002),
    sopInstanceUid: meta.get(0x0003),
  };
}

function guess(dataSet: Buffer): string {
  if (!/^[A-Z]{2}$/.test(dataSet.toString('latin1', 4, 6))) return implicit;
  return dataSet.readUInt16LE(0) > 0x00ff ? bigEndian : explicit;
}
