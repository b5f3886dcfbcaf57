import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { pythonWith, runTool, tempDirectory, testAuthority } from '@voorrang/testing';
import { dicomStatuses, type NormalizedRequest, readDataSet, textOf } from '../src/index.ts';
import { type Running, startServer } from './support.ts';
import { describeWithPeers } from './with-peers.ts';

const python = await pythonWith(['pynetdicom==3.0.4', 'pydicom==3.0.2']);
const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', `${name}.dcm`);

let running: Running | undefined;
afterEach(() => running?.server.close());

type Answer = { status: number; instance: string | null; comment: string | null; errorId: number | null };
type Outcome = { answers?: Answer[]; released?: boolean; rejected?: boolean };

async function send(steps: readonly object[], more: object = {}): Promise<Outcome> {
  if (python.how === 'absent') throw new Error(python.reason);
  const plan = { host: '127.0.0.1', port: running?.server.port, aet: 'MODALITY', aec: 'VOORRANG', steps, ...more };
  const script = join(import.meta.dirname, 'peers.py');
  const { stdout, stderr } = await runTool(python.program, [script], { env: python.env, input: JSON.stringify(plan) });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const study = '1.2.826.0.1.3680043.8.498.1';
const announcement = {
  ReferencedPerformedProcedureStepSequence: [],
  StudyInstanceUID: study,
  ReferencedSeriesSequence: [
    {
      SeriesInstanceUID: `${study}.1`,
      ReferencedSOPSequence: [
        {
          ReferencedSOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
          ReferencedSOPInstanceUID: `${study}.1.1`,
          InstanceAvailability: 'ONLINE',
          RetrieveAETitle: 'PACS',
        },
      ],
    },
  ],
};
const step = {
  PerformedStationAETitle: 'MODALITY',
  PerformedProcedureStepID: 'P1',
  PerformedProcedureStepStatus: 'IN PROGRESS',
  Modality: 'CT',
  ScheduledStepAttributesSequence: [{ StudyInstanceUID: study, AccessionNumber: 'A1' }],
  PatientName: 'Yamada^Tarou',
};

describeWithPeers('pynetdicom', python.how === 'absent' ? [python.reason] : [], () => {
  test('verifies, stores, announces and tells the life of a procedure step', async () => {
    const seen: NormalizedRequest[] = [];
    running = await startServer({
      onNormalized: async (request) => {
        seen.push(request);
        if (request.sopInstanceUid === `${study}.9`)
          return { status: dicomStatuses.processingFailure, comment: 'may no longer be updated', errorId: 0xa710 };
        return { status: dicomStatuses.success };
      },
    });
    const outcome = await send([
      { do: 'C-ECHO' },
      { do: 'C-STORE', file: fixture('CT_small') },
      { do: 'C-STORE', file: fixture('MR_small_RLE') },
      { do: 'N-CREATE', class: 'IAN', instance: `${study}.7`, dataSet: announcement },
      { do: 'N-CREATE', class: 'IAN', instance: null, dataSet: announcement },
      { do: 'N-CREATE', class: 'MPPS', instance: `${study}.8`, dataSet: step },
      { do: 'N-SET', class: 'MPPS', instance: `${study}.8`, dataSet: { PerformedProcedureStepStatus: 'COMPLETED' } },
      { do: 'N-SET', class: 'MPPS', instance: `${study}.9`, dataSet: { PerformedProcedureStepStatus: 'COMPLETED' } },
    ]);
    expect(outcome.released).toBe(true);
    expect(outcome.answers?.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0, 0, 0x0110]);
    expect(outcome.answers?.slice(3, 7).map(({ instance }) => instance)).toEqual([
      `${study}.7`,
      expect.stringMatching(/^2\.25\.\d+$/),
      `${study}.8`,
      `${study}.8`,
    ]);
    expect(outcome.answers?.at(-1)).toMatchObject({ comment: 'may no longer be updated', errorId: 0xa710 });
    expect(running.stored.map(({ header }) => header.modality)).toEqual(['CT', 'MR']);
    expect(seen.map(({ operation, peer }) => [operation, peer.callingAe])).toEqual([
      ['N-CREATE', 'MODALITY'],
      ['N-CREATE', 'MODALITY'],
      ['N-CREATE', 'MODALITY'],
      ['N-SET', 'MODALITY'],
      ['N-SET', 'MODALITY'],
    ]);
    const studies = seen.slice(0, 2).map(({ dataSet, transferSyntax }) => {
      return textOf(readDataSet(dataSet, transferSyntax), '0020000D');
    });
    expect(studies).toEqual([study, study]);
  });

  test('over TLS it is known by its certificate, and a stranger is not let in', async () => {
    const authority = testAuthority();
    const modality = authority.issue('modality');
    const stranger = testAuthority('Another authority').issue('stranger');
    await using directory = await tempDirectory();
    const files: Record<string, string> = {};
    for (const [name, text] of Object.entries({
      ca: authority.cert,
      cert: modality.cert,
      key: modality.key,
      otherCert: stranger.cert,
      otherKey: stranger.key,
    })) {
      files[name] = join(directory.path, name);
      await writeFile(files[name], text);
    }
    running = await startServer({
      tls: { ...authority.issue('voorrang'), ca: authority.cert, clientCertificate: 'required' },
    });
    const store = [{ do: 'C-STORE', file: fixture('CT_small') }];
    const known = await send(store, { tls: { ca: files.ca, cert: files.cert, key: files.key } });
    expect(known.answers?.map(({ status }) => status)).toEqual([0]);
    const refused = await send(store, { tls: { ca: files.ca, cert: files.otherCert, key: files.otherKey } });
    expect(refused.answers).toBeUndefined();
    expect(running.stored.map(({ peer }) => peer.certificateSha256)).toEqual([modality.sha256]);
  });
});
