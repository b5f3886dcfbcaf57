import { describe, expect, test } from '@jest/globals';
import type { StudyDetail } from '@voorrang/contracts';
import {
  type DicomJson,
  dicomStatuses,
  instanceAvailabilitySopClass,
  openAssociation,
  performedProcedureStepSopClass,
  writeDataSet,
} from '@voorrang/dicom';
import { waitUntil } from '@voorrang/testing/infrastructure';
import { embeddedProduct, type Product } from './support/product.ts';

const studyUid = '1.2.826.0.1.3680043.9.7.1';
const stepUid = `${studyUid}.9`;
const syntax = '1.2.840.10008.1.2.1';
const el = (vr: string, ...Value: readonly (string | DicomJson)[]): DicomJson[string] => ({ vr, Value });
const image = (extra: DicomJson = {}): DicomJson => ({
  '00081150': el('UI', '1.2.840.10008.5.1.4.1.1.2'),
  '00081155': el('UI', `${studyUid}.1.1`),
  ...extra,
});

const begun: DicomJson = {
  '00080060': el('CS', 'CT'),
  '00100020': el('LO', 'P1'),
  '00400252': el('CS', 'IN PROGRESS'),
  '00400270': el('SQ', { '00080050': el('SH', 'A1'), '0020000D': el('UI', studyUid) }),
};
const completed: DicomJson = {
  '00400252': el('CS', 'COMPLETED'),
  '00400340': el('SQ', { '00081140': el('SQ', image()), '0020000E': el('UI', `${studyUid}.1`) }),
};
const available: DicomJson = {
  '00081115': el('SQ', {
    '00081199': el('SQ', image({ '00080054': el('AE', 'EXPACS'), '00080056': el('CS', 'ONLINE') })),
    '0020000E': el('UI', `${studyUid}.1`),
  }),
  '0020000D': el('UI', studyUid),
};

async function ask(
  product: Product,
  operation: 'N-CREATE' | 'N-SET',
  sopClassUid: string,
  dataSet: DicomJson,
): Promise<number> {
  const target = { host: '127.0.0.1', port: product.ports.dicom, calledAe: 'VOORRANG', callingAe: 'EXCT1' };
  const association = await openAssociation(target, [{ abstractSyntax: sopClassUid, transferSyntaxes: [syntax] }]);
  const sopInstanceUid = sopClassUid === performedProcedureStepSopClass ? stepUid : `${studyUid}.8`;
  const answer = await association.ask({
    operation,
    sopClassUid,
    sopInstanceUid,
    dataSet: writeDataSet(dataSet, syntax),
  });
  await association.release();
  return answer.status;
}

/** Each is a passage of the transactions, answers and relays that a procedure step goes through. */
const kills = [
  'sql.transaction.before-commit:1',
  'sql.transaction.committed:2',
  'outbox.relay.published:1',
  'wire.dicom.before-answer:1',
  'wire.dicom.before-answer:3',
];

describe('a procedure step and its images, killed while they are taken', () => {
  test.each(kills)(
    '%s',
    async (point) => {
      const product = await embeddedProduct();
      let deaths = 0;
      const revive = async (): Promise<void> => {
        await product.ended();
        deaths += 1;
        await product.start();
      };
      /** As a modality does: what was not answered is sent again, and one of these answers says that it is there. */
      const untilTaken = async (send: () => Promise<number>, ...taken: readonly number[]): Promise<void> => {
        for (let attempt = 0; attempt < 5; attempt += 1) {
          const status = await send().catch(() => undefined);
          if (status !== undefined && taken.includes(status)) return;
          await waitUntil(() => !product.isRunning(), { deadlineMs: 1_000 }).catch(() => undefined);
          if (!product.isRunning()) await revive();
        }
        throw new Error('not taken in five attempts');
      };
      const study = () => product.api<StudyDetail>('GET', `/api/v1/studies/${studyUid}`);
      try {
        await product.start({ VOORRANG_FAULT_POINT: point }).catch(revive);
        const { success, duplicateSopInstance, processingFailure } = dicomStatuses;
        const mpps = performedProcedureStepSopClass;
        await untilTaken(() => ask(product, 'N-CREATE', mpps, begun), success, duplicateSopInstance);
        await untilTaken(() => ask(product, 'N-CREATE', instanceAvailabilitySopClass, available), success);
        await untilTaken(() => ask(product, 'N-SET', mpps, completed), success, processingFailure);
        await waitUntil(
          async () => {
            if (!product.isRunning()) await revive();
            const { status, body } = await study().catch(() => ({ status: 0, body: undefined }));
            return status === 200 && body?.row.settled !== null;
          },
          { deadlineMs: 15_000, what: 'the settled study' },
        );
        await product.kill();
        await product.start();
        const { body } = await study();
        expect(body.row).toMatchObject({
          settled: { version: 1, by: 'completed-by-technologist' },
          accessionNumbers: ['A1'],
          modality: 'CT',
        });
        expect(body.series).toMatchObject([{ instanceCount: 1 }]);
        expect(body.conflicts).toEqual([]);
        expect(deaths).toBeLessThanOrEqual(1);
      } finally {
        await product.dispose();
      }
    },
    60_000,
  );
});
