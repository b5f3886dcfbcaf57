import { mllpBlock } from '@voorrang/hl7';
import { associationOf } from '../fuzz/association-of.ts';
import { readAnswers } from '../fuzz/dimse-answers.ts';
import { exchange } from '../fuzz/raw-sender.ts';
import { orderMessage } from '../stories/support/mllp.ts';
import type { Ports } from '../stories/support/product.ts';
import { ctObject } from './ct-objects.ts';

/** The answer to one object or message and how long it took: a DIMSE status in hex, an acknowledgement code, or '' when there was none. */
export type Asked = {
  readonly answer: string;
  readonly ms: number;
  readonly kind: 'image' | 'order' /** Study Instance UID or accession number. */;
  readonly name: string;
};

const patience = { ending: 'fin', deadlineMs: 10_000 } as const;
let count = 0;

/** Stores a new CT object over a connection of its own. */
export async function store(ports: Ports, from?: string): Promise<Asked> {
  count += 1;
  const uid = `1.2.826.0.1.3680043.10.998.${process.pid}.${Date.now()}.${count}`;
  const { dataSet, ...object } = ctObject(uid, `F${process.pid}-${count}`);
  const chunks = [associationOf({ ...object, dataSet: Buffer.from(dataSet), command: object }, () => 0)];
  const begin = performance.now();
  const { received } = await exchange({
    port: ports.dicom,
    ...comingFrom(from),
    chunks,
    quietMs: 10_000,
    ...patience,
  });
  const status = readAnswers(received).answers[0]?.status;
  const answer = status?.toString(16).padStart(4, '0').toUpperCase() ?? '';
  return { answer, ms: performance.now() - begin, kind: 'image', name: uid };
}

/** Sends a new order over a connection of its own. */
export async function order(ports: Ports, from?: string): Promise<Asked> {
  count += 1;
  const id = `${process.pid}-${Date.now() % 1e8}-${count}`;
  const message = orderMessage({
    controlId: id,
    filler: `F${id}`,
    accession: `A${id}`,
    patientId: `P${id}`,
    name: 'Fault^Test',
    patientClass: 'E',
    location: 'SEH',
    priority: 'R',
    procedure: 'CT hersenen',
    visit: `V${id}`,
  });
  const chunks = [Buffer.from(mllpBlock(Buffer.from(`${message.join('\r')}\r`)))];
  const begin = performance.now();
  const { received } = await exchange({ port: ports.mllp, ...comingFrom(from), chunks, quietMs: 0, ...patience });
  const answer = /\rMSA\|(A[AER])\|/.exec(received.toString('latin1'))?.[1] ?? '';
  return { answer, ms: performance.now() - begin, kind: 'order', name: `A${id}` };
}

export const isPositive = ({ answer }: Asked): boolean => answer === '0000' || answer === 'AA';
const comingFrom = (from: string | undefined) => (from === undefined ? {} : { from });

export const percentileOf = (asked: readonly Asked[], p: number): number => {
  const sorted = asked.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
};
