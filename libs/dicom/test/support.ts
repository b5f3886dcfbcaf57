import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '@voorrang/kernel';
import { systemClock } from '@voorrang/kernel';
import { commands, dataPdus, requestCommandSet } from '../src/command-set.ts';
import {
  createDicomServer,
  type DicomEvent,
  type DicomServer,
  type DicomServerOptions,
  type ObjectToSend,
  readHeader,
  readPart10,
  type StoredObject,
} from '../src/index.ts';

export const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.dcm`));

export function objectOf(name: string): ObjectToSend {
  const { transferSyntax, dataSet } = readPart10(fixture(name));
  const { sopClassUid, sopInstanceUid } = readHeader(dataSet, transferSyntax);
  return { sopClassUid, sopInstanceUid, transferSyntax, dataSet };
}

/** C-STORE-RQ with its data set as P-DATA-TF PDUs. */
export function storeRequest(
  contextId: number,
  messageId: number,
  { sopClassUid, sopInstanceUid, dataSet }: ObjectToSend,
  maximumLength: number,
): Buffer {
  const command = requestCommandSet({
    field: commands.cStore,
    messageId,
    sopClassUid,
    sopInstanceUid,
    hasDataSet: true,
  });
  return Buffer.concat([
    dataPdus(contextId, 'command', command, maximumLength),
    dataPdus(contextId, 'data-set', Buffer.from(dataSet), maximumLength),
  ]);
}

export type Running = { readonly server: DicomServer; readonly stored: StoredObject[]; readonly events: DicomEvent[] };

export async function startServer(options: Partial<DicomServerOptions> & { clock?: Clock } = {}): Promise<Running> {
  const stored: StoredObject[] = [];
  const events: DicomEvent[] = [];
  const server = createDicomServer({
    bind: '127.0.0.1',
    port: 0,
    aeTitle: 'VOORRANG',
    clock: systemClock(),
    onStore: async (object) => {
      stored.push(object);
      return 'stored';
    },
    onEvent: (event) => events.push(event),
    ...options,
  });
  await server.listen();
  return { server, stored, events };
}

/** Sends bytes as they are and gives everything that came back until the other side closed. */
export function exchange(port: number, chunks: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(received)));
    socket.on('connect', () => {
      let at = 0;
      const next = (): void => {
        const chunk = chunks[at];
        at += 1;
        if (chunk !== undefined && !socket.destroyed) socket.write(chunk, () => setImmediate(next));
      };
      next();
    });
  });
}

/** Types and bodies of the PDUs in a stream. */
export function pdusOf(bytes: Buffer): { type: number; body: Buffer }[] {
  const pdus: { type: number; body: Buffer }[] = [];
  for (let at = 0; at + 6 <= bytes.length; ) {
    const end = at + 6 + bytes.readUInt32BE(at + 2);
    pdus.push({ type: bytes.readUInt8(at), body: bytes.subarray(at + 6, end) });
    at = end;
  }
  return pdus;
}

/** Cuts bytes at the given places (any numbers; they are folded into the range). */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % bytes.length))].sort((a, b) => a - b);
  return [...at, bytes.length]
    .map((end, index) => bytes.subarray(index === 0 ? 0 : at[index - 1], end))
    .filter((part) => part.length > 0);
}
