import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventData } from '@voorrang/contracts';
import {
  type DicomJson,
  dicomStatuses,
  instanceAvailabilitySopClass,
  openAssociation,
  performedProcedureStepSopClass,
  type RequestorAssociation,
  writeDataSet,
} from '@voorrang/dicom';
import { VoorrangError } from '@voorrang/kernel';
import { waitUntil } from '@voorrang/testing';
import { startWorld, type World } from '../support.ts';

const implicit = '1.2.840.10008.1.2';
const ct = '1.2.840.10008.5.1.4.1.1.2';
const doseReport = '1.2.840.10008.5.1.4.1.1.88.67';
const stepUid = '1.2.826.0.1.1';
const studyUid = '1.2.826.0.2';

type Element = DicomJson[string];
const el = (vr: string, ...Value: readonly (string | DicomJson | { Alphabetic: string })[]): Element => ({ vr, Value });

const scheduled = (uid: string, accessionNumber: string): DicomJson => ({
  '00080050': el('SH', accessionNumber),
  '0020000D': el('UI', uid),
  '00321060': el('LO', 'CT brain'),
});
const created = (given: DicomJson = {}): DicomJson => ({
  '00080060': el('CS', 'CT'),
  '00100010': el('PN', { Alphabetic: 'Özdemir^Ayşe' }),
  '00100020': el('LO', 'P1'),
  '00100030': el('DA', '19500301'),
  '00100040': el('CS', 'F'),
  '00400242': el('SH', 'CT1'),
  '00400244': el('DA', '20261123'),
  '00400245': el('TM', '081500'),
  '00400252': el('CS', 'IN PROGRESS'),
  '00400253': el('SH', 'PPS1'),
  '00400270': el('SQ', scheduled(studyUid, 'A1')),
  ...given,
});
const reference = (uid: string, sopClass = ct, extra: DicomJson = {}): DicomJson => ({
  '00081150': el('UI', sopClass),
  '00081155': el('UI', uid),
  ...extra,
});
const ended = (status: string, ...images: readonly string[]): DicomJson => ({
  '00400250': el('DA', '20261123'),
  '00400251': el('TM', '082000'),
  '00400252': el('CS', status),
  '00400340': el('SQ', {
    '0008103E': el('LO', 'thin'),
    '00081140': el('SQ', ...images.map((uid) => reference(uid))),
    '00181030': el('LO', 'Head'),
    '0020000E': el('UI', `${studyUid}.1`),
    '00400220': el('SQ', reference(`${studyUid}.9.1`, doseReport)),
  }),
});
const available = (availability: string, ...images: readonly string[]): DicomJson => ({
  '00081111': { vr: 'SQ' },
  '00081115': el('SQ', {
    '00081199': el(
      'SQ',
      ...images.map((uid) =>
        reference(uid, ct, { '00080054': el('AE', 'EXPACS'), '00080056': el('CS', availability) }),
      ),
    ),
    '0020000E': el('UI', `${studyUid}.1`),
  }),
  '0020000D': el('UI', studyUid),
});

const withoutAvailability: DicomJson = {
  '0020000E': el('UI', '1.2'),
  '00081199': el('SQ', reference('1.2.3')),
};

let world: World;
let association: RequestorAssociation;
beforeEach(async () => {
  world = await startWorld({ settleSeconds: 30 });
  association = await connect();
});
afterEach(async () => {
  await association.release();
  await world.dispose();
});

const connect = () =>
  openAssociation(
    { host: '127.0.0.1', port: world.ingest.dicomPort(), calledAe: 'VOORRANG', callingAe: 'NORTHCT' },
    [performedProcedureStepSopClass, instanceAvailabilitySopClass].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [implicit],
    })),
  );
const send = async (
  operation: 'N-CREATE' | 'N-SET',
  sopClassUid: string,
  dataSet: DicomJson,
  sopInstanceUid = stepUid,
): Promise<number> =>
  (await association.ask({ operation, sopClassUid, sopInstanceUid, dataSet: writeDataSet(dataSet, implicit) })).status;
const create = (dataSet: DicomJson, uid?: string) => send('N-CREATE', performedProcedureStepSopClass, dataSet, uid);
const set = (dataSet: DicomJson, uid?: string) => send('N-SET', performedProcedureStepSopClass, dataSet, uid);
const notify = (dataSet: DicomJson) => send('N-CREATE', instanceAvailabilitySopClass, dataSet, '1.2.826.0.3');

const announced = (): EventData<'images.announced'>[] =>
  world
    .events('imaging')
    .filter(({ type }) => type === 'images.announced')
    .map(({ data }) => data as EventData<'images.announced'>);
const after = (count: number) =>
  waitUntil(async () => (announced().length >= count ? announced() : undefined), { what: `${count} facts` });

describe('a modality tells of its procedure steps', () => {
  test('begun and completed: a fact each, with the site of the sender, the patient and the accession number', async () => {
    expect(await create(created())).toBe(dicomStatuses.success);
    expect(await set(ended('COMPLETED', `${studyUid}.1.1`, `${studyUid}.1.2`))).toBe(dicomStatuses.success);
    const [begun, done] = await after(2);
    expect(begun).toMatchObject({
      studyInstanceUid: studyUid,
      by: 'mpps',
      status: 'in-progress',
      procedureStepUid: stepUid,
      modality: 'CT',
      patient: { id: 'P1', authority: 'NORTHHOSP', name: 'Özdemir, Ayşe', birthDate: '1950-03-01', sex: 'F' },
      patientAuthorityAssumed: true,
      accessionNumbers: ['A1'],
      studyDescription: 'CT brain',
      startedAt: '20261123081500',
      station: 'CT1',
      series: [],
    });
    expect(done).toMatchObject({
      status: 'completed',
      endedAt: '20261123082000',
      patient: { id: 'P1' },
      station: 'CT1',
    });
    expect(done?.series).toEqual([
      {
        seriesInstanceUid: `${studyUid}.1`,
        modality: null,
        description: 'thin',
        protocol: 'Head',
        instances: [1, 2].map((n) => ({ sopInstanceUid: `${studyUid}.1.${n}`, sopClassUid: ct })),
        instanceCount: null,
        retrieveAe: null,
      },
    ]);
    expect(world.events('imaging').map(({ site }) => site)).toEqual(['NORTH', 'NORTH']);
  });

  test('of several orders and studies: a fact per study with its accession numbers', async () => {
    const steps = el('SQ', scheduled(studyUid, 'A1'), scheduled(studyUid, 'A2'), scheduled('1.2.826.0.4', 'A3'));
    expect(await create(created({ '00400270': steps }))).toBe(dicomStatuses.success);
    expect(
      (await after(2)).map(({ studyInstanceUid, accessionNumbers }) => [studyInstanceUid, accessionNumbers]),
    ).toEqual([
      [studyUid, ['A1', 'A2']],
      ['1.2.826.0.4', ['A3']],
    ]);
  });

  test('again, without a beginning, or after its end: refused, and nothing is told', async () => {
    expect(await set(ended('COMPLETED'))).toBe(dicomStatuses.noSuchSopInstance);
    expect(await create(created())).toBe(dicomStatuses.success);
    expect(await create(created())).toBe(dicomStatuses.duplicateSopInstance);
    expect(await set({ '00400252': el('CS', 'DISCONTINUED') })).toBe(dicomStatuses.success);
    expect(await set(ended('COMPLETED'))).toBe(dicomStatuses.processingFailure);
    expect((await after(2)).map(({ status }) => status)).toEqual(['in-progress', 'discontinued']);
  });

  test('the end of a step that began before a restart is known', async () => {
    expect(await create(created())).toBe(dicomStatuses.success);
    await association.release();
    await world.restart();
    association = await connect();
    expect(await create(created())).toBe(dicomStatuses.duplicateSopInstance);
    expect(await set(ended('COMPLETED', `${studyUid}.1.1`))).toBe(dicomStatuses.success);
    expect((await after(2)).at(-1)).toMatchObject({ status: 'completed', accessionNumbers: ['A1'] });
  });

  test.each([
    ['no scheduled step', { '00400270': undefined }, dicomStatuses.missingAttribute],
    [
      'a scheduled step without study',
      { '00400270': el('SQ', { '00080050': el('SH', 'A1') }) },
      dicomStatuses.missingAttribute,
    ],
    ['an empty study', { '00400270': el('SQ', { '0020000D': { vr: 'UI' } }) }, dicomStatuses.missingAttributeValue],
    ['a study that is no UID', { '00400270': el('SQ', scheduled('1..2', 'A1')) }, dicomStatuses.invalidAttributeValue],
    ['no status', { '00400252': undefined }, dicomStatuses.missingAttribute],
    ['an end at its beginning', { '00400252': el('CS', 'COMPLETED') }, dicomStatuses.invalidAttributeValue],
  ])('with %s is refused with the status that says so', async (_what, given, status) => {
    const dataSet = Object.fromEntries(Object.entries({ ...created(), ...given }).filter(([, element]) => element));
    expect(await create(dataSet as DicomJson)).toBe(status);
    expect(announced()).toEqual([]);
  });

  test('a step whose study is complete settles it by the technologist', async () => {
    await create(created());
    await set(ended('COMPLETED', `${studyUid}.1.1`));
    expect(await notify(available('ONLINE', `${studyUid}.1.1`))).toBe(dicomStatuses.success);
    const settled = await waitUntil(async () => world.events('imaging').find(({ type }) => type === 'study.settled'));
    expect(settled?.data).toMatchObject({ version: 1, by: 'completed-by-technologist', modalities: ['CT'] });
  });
});

describe('a PACS tells of images that it has', () => {
  test('those that can be had and those that cannot are told apart', async () => {
    expect(await notify(available('NEARLINE', `${studyUid}.1.1`, `${studyUid}.1.2`))).toBe(dicomStatuses.success);
    expect(await notify(available('OFFLINE', `${studyUid}.1.3`))).toBe(dicomStatuses.success);
    const facts = await after(2);
    expect(facts.map(({ by, status, series }) => [by, status, series[0]?.instances.length])).toEqual([
      ['ian', 'available', 2],
      ['ian', 'unavailable', 1],
    ]);
    expect(facts[0]?.series[0]?.retrieveAe).toBe('EXPACS');
  });

  test('with the spool full it is asked to come again, and the next one is taken', async () => {
    world.spool.fail = new VoorrangError('VRG_SPOOL_FULL');
    expect(await notify(available('ONLINE', `${studyUid}.1.1`))).toBe(dicomStatuses.resourceLimitation);
    world.spool.fail = undefined;
    expect(await notify(available('ONLINE', `${studyUid}.1.1`))).toBe(dicomStatuses.success);
  });

  test.each([
    ['no study', { '0020000D': undefined }, dicomStatuses.missingAttribute],
    ['no series', { '00081115': undefined }, dicomStatuses.missingAttribute],
    ['no availability', { '00081115': el('SQ', withoutAvailability) }, dicomStatuses.missingAttribute],
    ['an availability that is none', { ...available('SOON', '1.2.3') }, dicomStatuses.invalidAttributeValue],
  ])('with %s is refused with the status that says so', async (_what, given, status) => {
    const dataSet = Object.fromEntries(
      Object.entries({ ...available('ONLINE', `${studyUid}.1.1`), ...given }).filter(([, element]) => element),
    );
    expect(await notify(dataSet as DicomJson)).toBe(status);
    expect(announced()).toEqual([]);
  });
});
