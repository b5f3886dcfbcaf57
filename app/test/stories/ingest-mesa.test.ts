import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Row, StudyDetail } from '@voorrang/contracts';
import { readPart10, sendObjects } from '@voorrang/dicom';
import { fixtureFiles, waitUntil } from '@voorrang/testing';
import { withAttributes } from '../../src/demo/data-set.ts';
import { embeddedProduct, type Product } from './support/product.ts';
import { sendMessageFile } from './support/send-fixtures.ts';

/**
 * IHE Scheduled Workflow as the MESA tools test it, case 101: admission, order, schedule; transfer and discharge; an unidentified patient with an order of
 * the filler; the temporary number merged into the real one, then that one into another, told by two systems; an order that is cancelled; a last order.
 */
const sequence = [
  'adt-101.102.a04',
  'order-101.104.o01',
  'sched-101.106.o01',
  'adt-101.126.a06',
  'adt-101.128.a06',
  'adt-101.130.a03',
  'adt-101.132.a03',
  'adt-101.160.a04',
  'order-101.162.o01',
  'order-101.164.o02',
  'sched-101.165.o01',
  'adt-101.161.a40',
  'adt-101.166.a40',
  'adt-101.168.a40',
  'order-101.182.o01',
  'sched-101.184.o01',
  'order-101.188.o01x',
  'sched-101.190.o01',
  'order-101.192.o01',
  'sched-101.194.o01',
];
/** Study UIDs that the schedules announce in ZDS-1. */
const scheduled = '1.2.1';
const cancelled = '1.113654.100.101.3';
const ctImage = '1.2.840.10008.5.1.4.1.1.2';

/** The answer of the placer to a number (ORR) tells nothing that the order itself does not. */
const notTaken = ['order-101.164.o02 AR'];

/** Every order carries the same unfilled placeholder as its accession number, so all four belong to both studies. */
const common = {
  patient: { id: '583020', authority: 'ADT1', name: 'WHITE, CHARLES', birthDate: '1998-07-04', sex: 'M' },
  accessionNumbers: ['$ACCESSION_NUMBER$'],
  patientClass: 'emergency',
  orderPriority: 'stat',
  urgencyClass: 'emergency',
  flags: ['order-cancelled'],
  orders: ['A101W B101W', 'A101X B101X cancelled', 'A101Y B101Y', 'A101Z B101Z'],
};
const expectedRows = [
  { studyInstanceUid: scheduled, ...common },
  { studyInstanceUid: cancelled, ...common },
];

describe('MESA case 101, in its order', () => {
  const files = new Map(fixtureFiles('hl7').map((file) => [file.name, file]));
  const ct = fixtureFiles('dicom').find(({ name }) => name === 'CT_small.dcm');
  let product: Product;
  beforeAll(async () => {
    product = await embeddedProduct({ VOORRANG_SETTLE_SECONDS: '1' });
    await product.start();
  }, 60_000);
  afterAll(() => product.dispose());

  const sendAll = async (): Promise<string[]> => {
    const answers: string[] = [];
    for (const name of sequence) {
      const file = files.get(`mesa/${name}.hl7`);
      if (file === undefined) throw new Error(`no message ${name}`);
      answers.push(`${name} ${(await sendMessageFile(product.ports.mllp, file)).answer.slice(0, 2)}`);
    }
    // The modality knew the patient as 583220, the number that was merged away.
    for (const uid of [scheduled, cancelled]) {
      const { dataSet, transferSyntax } = readPart10(readFileSync(ct?.path ?? ''));
      const object = withAttributes(dataSet, {
        '00080018': { vr: 'UI', value: `${uid}.1.1` },
        '00080050': { vr: 'SH', value: '' },
        '00100010': { vr: 'PN', value: 'DOE^J2' },
        '00100020': { vr: 'LO', value: '583220' },
        '00100021': { vr: 'LO', value: 'ADT1' },
        '0020000d': { vr: 'UI', value: uid },
        '0020000e': { vr: 'UI', value: `${uid}.1` },
      });
      const target = { host: '127.0.0.1', port: product.ports.dicom, calledAe: 'VOORRANG', callingAe: 'EXCT1' };
      const sent = { sopClassUid: ctImage, sopInstanceUid: `${uid}.1.1`, transferSyntax, dataSet: object };
      answers.push(`${uid} ${(await sendObjects(target, [sent])).join()}`);
    }
    return answers;
  };

  /** What the rows say, without what time and repetition change. */
  const rows = async (): Promise<Record<string, unknown>[]> => {
    const { body } = await product.api<{ items: Row[] }>('GET', '/api/v1/worklist?site=EX&limit=100');
    return Promise.all(
      body.items.map(async (row) => {
        const { studyInstanceUid, patient, accessionNumbers, patientClass, orderPriority, urgencyClass, flags } = row;
        const detail = (await product.api<StudyDetail>('GET', `/api/v1/studies/${row.studyId}`)).body;
        const orders = detail.orders.map(
          ({ fillerNumber, placerNumber, cancelled }) =>
            `${placerNumber} ${fillerNumber}${cancelled ? ' cancelled' : ''}`,
        );
        const told = { patient, accessionNumbers, patientClass, orderPriority, urgencyClass, flags };
        return { studyInstanceUid, ...told, orders: orders.sort() };
      }),
    );
  };

  test('gives the expected final rows, and twice gives the same', async () => {
    const answers = await sendAll();
    const settled = async (): Promise<Record<string, unknown>[]> => {
      let last = '';
      return waitUntil(
        async () => {
          const found = await rows();
          const quiet = found.length === 2 && JSON.stringify(found) === last;
          last = JSON.stringify(found);
          return quiet ? found : undefined;
        },
        { everyMs: 700, deadlineMs: 20_000, what: 'two rows that change no more' },
      );
    };
    const once = await settled();
    expect(answers.filter((answer) => !/ (AA|0)$/.test(answer))).toEqual(notTaken);
    expect(once).toEqual(expectedRows);
    expect(await sendAll()).toEqual(answers);
    expect(await settled()).toEqual(once);
  });
});
