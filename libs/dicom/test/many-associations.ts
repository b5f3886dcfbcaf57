import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock, VoorrangError } from '@voorrang/kernel';
import { waitUntil } from '@voorrang/testing/infrastructure';
import { associateRequestPdu } from '../src/association.ts';
import {
  createDicomServer,
  type DicomServer,
  openAssociation,
  performedProcedureStepSopClass,
  verificationSopClass,
} from '../src/index.ts';
import { objectOf, storeRequest } from './support.ts';

export type MemorySample = { readonly associations: number; readonly liveBytes: number; readonly rssBytes: number };

/** Bytes of heap and buffers in use after a collection. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let turn = 0; turn < 3; turn += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const ct = objectOf('CT_small');
const transferSyntaxes = [ct.transferSyntax];
const titles = { called: 'VOORRANG', calling: 'SCANNER' };
const request = associateRequestPdu(titles, [{ id: 1, abstractSyntax: ct.sopClassUid, transferSyntaxes }], 0);
const store = storeRequest(1, 1, ct, 16_384);

/** Bytes as they are, until the other side closes or we do. */
const raw = (port: number, bytes: Buffer, { hangUp }: { readonly hangUp: boolean }): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.resume().write(bytes, () => {
      if (hangUp) socket.destroy();
    });
  });

async function wellBehaved(port: number): Promise<void> {
  const target = { host: '127.0.0.1', port, calledAe: titles.called, callingAe: titles.calling };
  const classes = [ct.sopClassUid, performedProcedureStepSopClass, verificationSopClass];
  const association = await openAssociation(
    target,
    classes.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes })),
  );
  await association.ask({ operation: 'C-STORE', ...ct });
  await association.ask({
    operation: 'N-CREATE',
    sopClassUid: performedProcedureStepSopClass,
    dataSet: Buffer.alloc(50_000),
  });
  await association.release();
}

/** Each association ends in another way: well, cut off in an object, by a broken PDU, rejected, with a failing store. */
const ways: readonly ((port: number) => Promise<void>)[] = [
  wellBehaved,
  (port) => raw(port, Buffer.concat([request, store.subarray(0, 9_000)]), { hangUp: true }),
  (port) => raw(port, Buffer.concat([request, store, Buffer.from([9, 0, 0, 0, 0, 1])]), { hangUp: false }),
  (port) =>
    raw(
      port,
      associateRequestPdu({ ...titles, called: 'OTHER' }, [{ id: 1, abstractSyntax: '1.2', transferSyntaxes }], 0),
      {
        hangUp: false,
      },
    ),
  (port) => raw(port, Buffer.from('GET / HTTP/1.1\r\n\r\n'), { hangUp: false }),
  (port) => raw(port, Buffer.alloc(0), { hangUp: true }),
];

/** Memory of this process while one association follows the other, measured `samples` times. */
export async function manyAssociations(count: number, samples: number): Promise<MemorySample[]> {
  let stores = 0;
  const server: DicomServer = createDicomServer({
    bind: '127.0.0.1',
    port: 0,
    aeTitle: titles.called,
    clock: systemClock(),
    onStore: async () => {
      stores += 1;
      if (stores % 3 === 0) throw new VoorrangError('VRG_SPOOL_FULL');
      return 'stored';
    },
    onNormalized: async () => ({ status: 0 }),
  });
  await server.listen();
  const taken: MemorySample[] = [];
  try {
    for (let done = 1; done <= count; done += 1) {
      await ways[done % ways.length]?.(server.port);
      if (done % Math.floor(count / samples) !== 0) continue;
      await waitUntil(() => server.associations === 0);
      taken.push({ associations: done, liveBytes: liveBytes(), rssBytes: process.memoryUsage.rss() });
    }
  } finally {
    await server.close();
  }
  return taken;
}
