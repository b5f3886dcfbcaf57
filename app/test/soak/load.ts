import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPart10, sendObjects } from '@voorrang/dicom';
import { withAttributes } from '../../src/demo/data-set.ts';
import { orderMessage, sendHl7 } from '../stories/support/mllp.ts';
import type { Product } from '../stories/support/product.ts';
import type { Ledger } from './ledger.ts';

const fixture = join(import.meta.dirname, '../../src/demo/fixtures/CT_small.dcm');
const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';

/** Sends one study after the other (order, images, run) as its senders would: each step again until it is answered positively, and only then into the ledger. */
export async function sendStudies(
  product: Product,
  root: string,
  ledger: Ledger,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const { dataSet, transferSyntax } = readPart10(await readFile(fixture));
  for (let n = 1; !signal.aborted; n += 1) {
    const uid = `${root}.${n}`;
    const name = `${root.split('.').at(-1)}-${n}`;
    const outcome = random() < 0.15 ? 'positive' : 'negative';
    await untilPositive(
      ledger,
      signal,
      async () =>
        /\rMSA\|AA\|/.test(
          await sendHl7(
            product.ports.mllp,
            orderMessage({
              controlId: `S${name}`,
              filler: `F${name}`,
              accession: `A${name}`,
              patientId: `P${name}`,
              name: 'Soak^Test',
              patientClass: random() < 0.5 ? 'E' : 'O',
              location: 'SEH',
              priority: 'R',
              procedure: 'CT hersenen',
              visit: `V${name}`,
            }),
          ),
        ),
      () => ledger.orders.add(`A${name}`),
    );
    await untilPositive(
      ledger,
      signal,
      async () => {
        const sopInstanceUid = `${uid}.1.1`;
        const object = withAttributes(dataSet, {
          '00080018': { vr: 'UI', value: sopInstanceUid },
          '00080050': { vr: 'SH', value: `A${name}` },
          '00100020': { vr: 'LO', value: `P${name}` },
          '00180015': { vr: 'CS', value: 'HEAD' },
          '0020000d': { vr: 'UI', value: uid },
          '0020000e': { vr: 'UI', value: `${uid}.1` },
        });
        const statuses = await sendObjects(
          { host: '127.0.0.1', port: product.ports.dicom, calledAe: 'VOORRANG', callingAe: 'SOAK' },
          [{ sopClassUid: ctImageStorage, sopInstanceUid, transferSyntax, dataSet: object }],
        );
        return statuses.every((status) => status === 0);
      },
      () => ledger.studies.add(uid),
    );
    await untilPositive(
      ledger,
      signal,
      async () =>
        [200, 202].includes(
          (
            await product.api('POST', '/api/v1/results', {
              resultId: `soak-${name}`,
              detector: { id: 'example-ich', version: '1.0.0' },
              studyInstanceUid: uid,
              status: 'completed',
              findings: [
                { finding: 'ICH', outcome, confidence: 0.9, ...(outcome === 'positive' ? { severity: 'high' } : {}) },
              ],
              producedAt: '2026-11-23T03:00:00.000Z',
            })
          ).status,
        ),
      () => ledger.runs.set(`soak-${name}`, { uid, outcome }),
    );
  }
}

/** Acknowledges open alerts now and then; into the ledger with the time of the positive answer. */
export async function acknowledgeSome(
  product: Product,
  ledger: Ledger,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(100);
    try {
      const { body } = await product.api<{ items: { id: string }[] }>('GET', '/api/v1/alerts?state=open');
      for (const { id } of body.items) {
        if (random() > 0.2 || signal.aborted) continue;
        const { status } = await product.api('POST', `/api/v1/alerts/${id}/acknowledge`, {}, 'dr.soak');
        if (status === 200) ledger.acknowledged.set(id, Date.now());
      }
    } catch {
      ledger.refused += 1;
    }
  }
}

async function untilPositive(
  ledger: Ledger,
  signal: AbortSignal,
  attempt: () => Promise<boolean>,
  note: () => unknown,
): Promise<void> {
  while (!signal.aborted) {
    if (await attempt().catch(() => false)) {
      note();
      return;
    }
    ledger.refused += 1;
    await pause(50);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
