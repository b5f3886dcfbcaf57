import { readFileSync } from 'node:fs';
import { readHeader } from '@voorrang/dicom';
import { mllpBlock } from '@voorrang/hl7';
import type { FixtureFile } from '@voorrang/testing';
import { associationOf } from '../../fuzz/association-of.ts';
import { readAnswers } from '../../fuzz/dimse-answers.ts';
import { exchange } from '../../fuzz/raw-sender.ts';
import { looseFile } from './loose-file.ts';

/** What the other side said to one file, and when it was on its way (our clock, which on one machine is also theirs). */
export type Answered = {
  readonly name: string;
  readonly answer: string;
  readonly from: number;
  readonly until: number;
  /** Of a DICOM object whose header could be read. */
  readonly sopInstanceUid?: string;
};

const placeholder = { sopClassUid: '1.2.840.10008.5.1.4.1.1.7', sopInstanceUid: '1.2.826.0.1.3680043.10.999.404' };
const patience = { ending: 'fin', quietMs: 5_000, deadlineMs: 5_000 } as const;

/** C-STORE of a file in its own transfer syntax, over an association of its own. `change` may alter the data set on the way. */
export async function storeFile(
  port: number,
  file: FixtureFile,
  change = (dataSet: Buffer) => dataSet,
): Promise<Answered> {
  const { transferSyntax, dataSet: original, ...meta } = looseFile(readFileSync(file.path));
  const dataSet = change(Buffer.from(original));
  const own = headerOf(dataSet, transferSyntax);
  const command = {
    sopClassUid: own?.sopClassUid ?? meta.sopClassUid ?? placeholder.sopClassUid,
    sopInstanceUid: own?.sopInstanceUid ?? meta.sopInstanceUid ?? placeholder.sopInstanceUid,
  };
  const stream = associationOf({ dataSet, transferSyntax, command }, () => 0);
  const from = Date.now();
  const { received } = await exchange({ port, chunks: [stream], ...patience });
  const { answers, malformed } = readAnswers(received);
  const [first] = answers;
  const answer =
    malformed ??
    refusedContext(received) ??
    (first === undefined ? `no answer, PDU ${pduTypes(received)}` : `${hex(first.status)} ${first.comment}`.trim());
  const uid = own === undefined ? {} : { sopInstanceUid: own.sopInstanceUid };
  return { name: file.name, answer, from, until: Date.now(), ...uid };
}

/** One file as one MLLP block; the answers in short: code, and place and condition of each problem. */
export async function sendMessageFile(port: number, file: FixtureFile): Promise<Answered> {
  const from = Date.now();
  const { received } = await exchange({
    port,
    chunks: [Buffer.from(mllpBlock(readFileSync(file.path)))],
    ...patience,
    quietMs: 0,
  });
  const text = received.toString('latin1');
  const codes = [...text.matchAll(/\rMSA.([AC][AER])/g)].map((match) => match[1]);
  // ERR-2 and ERR-3 from v2.5 on, all of it in ERR-1 before.
  const problems = [...text.matchAll(/\rERR([^\r]*)/g)].map((match) =>
    (match[1] ?? '').replace(/^\W+/, '').slice(0, 90),
  );
  const answer = codes.length === 0 ? 'no answer' : [codes.join(' '), ...problems].join('; ');
  return { name: file.name, answer, from, until: Date.now() };
}

function headerOf(dataSet: Buffer, transferSyntax: string) {
  try {
    return readHeader(dataSet, transferSyntax);
  } catch {
    return undefined;
  }
}

/** Of the one presentation context that was proposed (PS3.8 §9.3.3.2): items 10H, 21H behind the 68 bytes of the fixed part. */
function refusedContext(received: Buffer): string | undefined {
  if (received[0] !== 2) return undefined;
  const result = received[74 + 4 + received.readUInt16BE(76) + 6];
  return result === 0 ? undefined : `context refused (${result === 3 ? 'SOP class' : `result ${result}`})`;
}

const hex = (status: number): string => status.toString(16).padStart(4, '0').toUpperCase();

function pduTypes(bytes: Buffer): string {
  const types: number[] = [];
  for (let at = 0; at + 6 <= bytes.length; at += 6 + bytes.readUInt32BE(at + 2)) types.push(bytes[at] ?? 0);
  return types.join(' ') || 'none';
}
