import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { EventData } from '@voorrang/contracts';
import { infrastructureRequired, pythonWith, runTool, waitUntil } from '@voorrang/testing';
import { startWorld, type World } from '../support.ts';

const python = await pythonWith(['pynetdicom==3.0.4', 'pydicom==3.0.2']);
const script = join(import.meta.dirname, '../../../../libs/dicom/test/peers.py');

type Answer = { status: number; comment: string | null; errorId: number | null };

async function answersTo(world: World, steps: readonly object[]): Promise<Answer[]> {
  if (python.how === 'absent') throw new Error(python.reason);
  const plan = { host: '127.0.0.1', port: world.ingest.dicomPort(), aet: 'NORTHCT', aec: 'VOORRANG', steps };
  const { stdout, stderr } = await runTool(python.program, [script], { env: python.env, input: JSON.stringify(plan) });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout).answers;
}

const study = '1.2.826.0.1.3680043.8.498.2';
const step = `${study}.9`;
const images = [1, 2].map((n) => ({
  ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
  ReferencedSOPInstanceUID: `${study}.1.${n}`,
}));
/** The attributes of PS3.4 Table F.7.2-1, as a modality sends them. */
const begun = {
  SpecificCharacterSet: 'ISO_IR 192',
  Modality: 'CT',
  ProcedureCodeSequence: [],
  PatientName: 'Müller^Jürgen',
  PatientID: 'P1',
  PatientBirthDate: '19500301',
  PatientSex: 'M',
  StudyID: '1',
  PerformedStationAETitle: 'NORTHCT',
  PerformedStationName: 'CT1',
  PerformedLocation: '',
  PerformedProcedureStepStartDate: '20261123',
  PerformedProcedureStepStartTime: '081500',
  PerformedProcedureStepEndDate: '',
  PerformedProcedureStepEndTime: '',
  PerformedProcedureStepStatus: 'IN PROGRESS',
  PerformedProcedureStepID: 'PPS1',
  PerformedProcedureStepDescription: '',
  PerformedProcedureTypeDescription: '',
  PerformedProtocolCodeSequence: [],
  PerformedSeriesSequence: [],
  ScheduledStepAttributesSequence: [
    {
      AccessionNumber: 'A1',
      ReferencedStudySequence: [],
      StudyInstanceUID: study,
      RequestedProcedureDescription: 'CT cervical spine',
      RequestedProcedureID: 'RP1',
      ScheduledProcedureStepDescription: '',
      ScheduledProcedureStepID: 'SPS1',
      ScheduledProtocolCodeSequence: [],
    },
  ],
};
const completed = {
  PerformedProcedureStepStatus: 'COMPLETED',
  PerformedProcedureStepEndDate: '20261123',
  PerformedProcedureStepEndTime: '082000',
  PerformedSeriesSequence: [
    {
      PerformingPhysicianName: '',
      ProtocolName: 'CWK',
      OperatorsName: '',
      SeriesInstanceUID: `${study}.1`,
      SeriesDescription: 'bone',
      RetrieveAETitle: '',
      ReferencedImageSequence: images,
      ReferencedNonImageCompositeSOPInstanceSequence: [],
    },
  ],
};
const available = {
  ReferencedPerformedProcedureStepSequence: [],
  StudyInstanceUID: study,
  ReferencedSeriesSequence: [
    {
      SeriesInstanceUID: `${study}.1`,
      ReferencedSOPSequence: images.map((one) => ({ ...one, InstanceAvailability: 'ONLINE', RetrieveAETitle: 'PACS' })),
    },
  ],
};
const mpps = (operation: 'N-CREATE' | 'N-SET', dataSet: object) => ({
  do: operation,
  class: 'MPPS',
  instance: step,
  dataSet,
});

const story = () =>
  test('tells of a procedure step and its images: the study is complete by the word of the technologist', async () => {
    const world = await startWorld({ settleSeconds: 30 });
    try {
      const answers = await answersTo(world, [
        mpps('N-CREATE', begun),
        mpps('N-CREATE', begun),
        mpps('N-SET', completed),
        { do: 'N-CREATE', class: 'IAN', instance: `${study}.8`, dataSet: available },
        mpps('N-SET', completed),
        { ...mpps('N-SET', completed), instance: `${step}.1` },
      ]);
      expect(answers.map(({ status }) => status)).toEqual([0, 0x0111, 0, 0, 0x0110, 0x0112]);
      expect(answers[4]).toMatchObject({
        errorId: 0xa710,
        comment: 'Performed Procedure Step Object may no longer be updated',
      });
      const settled = await waitUntil(async () => world.events('imaging').find(({ type }) => type === 'study.settled'));
      expect(settled?.data).toMatchObject({
        studyInstanceUid: study,
        version: 1,
        by: 'completed-by-technologist',
        seriesInstanceUids: [`${study}.1`],
      });
      const told = world
        .events('imaging')
        .filter(({ type }) => type === 'images.announced')
        .map(({ data }) => data as EventData<'images.announced'>)
        .find(({ status }) => status === 'completed');
      expect(told).toMatchObject({
        patient: { id: 'P1', name: 'Müller, Jürgen', birthDate: '1950-03-01', sex: 'M' },
        accessionNumbers: ['A1'],
        studyDescription: 'CT cervical spine',
        startedAt: '20261123081500',
        endedAt: '20261123082000',
        series: [{ description: 'bone', protocol: 'CWK' }],
      });
    } finally {
      await world.dispose();
    }
  });

if (python.how === 'ready' || infrastructureRequired()) describe('pynetdicom', story);
else describe.skip(`pynetdicom (skipped: ${python.reason})`, story);
