import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type DicomJson, sendObjects, writeDataSet } from '@voorrang/dicom';
import type { PacsPeer } from '@voorrang/protocol';
import {
  freePort,
  hasTool,
  infrastructureRequired,
  type Orthanc,
  orthancDicomWeb,
  orthancProgram,
  startOrthanc,
  tempDirectory,
  waitUntil,
} from '@voorrang/testing';
import { openPacs } from '../../src/adapters/pacs/open-pacs.ts';
import { qidoPacs } from '../../src/adapters/pacs/qido-pacs.ts';
import type { PacsQuery } from '../../src/application/watch/pacs.ts';

const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';
const explicitLittleEndian = '1.2.840.10008.1.2.1';
const none = new AbortController().signal;

type Stored = {
  readonly study: number;
  readonly series: number;
  readonly instance: number;
  readonly modality: string;
  readonly date: string;
};

/** A small object as a scanner would send it, without pixels. */
function objectOf({ study, series, instance, modality, date }: Stored) {
  const sopInstanceUid = `1.2.826.${study}.${series}.${instance}`;
  const value = (vr: string, text: string) => ({ vr, Value: [text] });
  const dataSet: DicomJson = {
    '00080005': value('CS', 'ISO_IR 100'),
    '00080016': value('UI', ctImageStorage),
    '00080018': value('UI', sopInstanceUid),
    '00080020': value('DA', date),
    '00080030': value('TM', '081500'),
    '00080050': value('SH', `ACC${study}`),
    '00080060': value('CS', modality),
    '00081030': value('LO', `CT brain ${study}`),
    '0008103E': value('LO', `series ${series}`),
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Kanariepiet^Jan' }] },
    '00100020': value('LO', `P${study}`),
    '0020000D': value('UI', `1.2.826.${study}`),
    '0020000E': value('UI', `1.2.826.${study}.${series}`),
    '00200010': value('SH', String(study)),
    '00200011': value('IS', String(series)),
    '00200013': value('IS', String(instance)),
  };
  return {
    sopClassUid: ctImageStorage,
    sopInstanceUid,
    transferSyntax: explicitLittleEndian,
    dataSet: writeDataSet(dataSet, explicitLittleEndian),
  };
}

const day = '20260303';
const stored: readonly Stored[] = [
  { study: 1, series: 1, instance: 1, modality: 'CT', date: day },
  { study: 1, series: 1, instance: 2, modality: 'CT', date: day },
  { study: 1, series: 2, instance: 1, modality: 'SR', date: day },
  { study: 2, series: 1, instance: 1, modality: 'CT', date: day },
  { study: 3, series: 1, instance: 1, modality: 'MR', date: day },
  { study: 4, series: 1, instance: 1, modality: 'CT', date: '20260302' },
];
const fill = (port: number, calledAe: string): Promise<number[]> =>
  sendObjects({ host: '127.0.0.1', port, calledAe, callingAe: 'VOORRANG' }, stored.map(objectOf));

const peerOf = (query: PacsPeer['query']): PacsPeer => ({
  name: 'a',
  site: 'EX',
  atMinute: 0,
  modalities: ['CT'],
  query,
});
const uids = (studies: readonly { readonly studyInstanceUid: string }[]): string[] =>
  studies.map(({ studyInstanceUid }) => studyInstanceUid).sort();

/** What every PACS must answer, whatever it supports. */
function pacsLaws(query: () => PacsPeer['query'], counts: boolean): void {
  let pacs: PacsQuery;
  beforeAll(async () => {
    pacs = await openPacs(peerOf(query()), none);
  });
  afterAll(() => pacs?.close());

  test('studies of a day with a modality, and of no other', async () => {
    const studies = await pacs.studiesOf(day, ['CT']);
    expect(uids(studies)).toEqual(['1.2.826.1', '1.2.826.2']);
    expect(studies.find(({ studyInstanceUid }) => studyInstanceUid === '1.2.826.1')).toEqual({
      studyInstanceUid: '1.2.826.1',
      accessionNumber: 'ACC1',
      modalities: ['CT', 'SR'],
      description: 'CT brain 1',
      startedAt: '20260303081500',
      images: counts ? 3 : null,
    });
    expect(uids(await pacs.studiesOf(day, ['CT', 'MR']))).toEqual(['1.2.826.1', '1.2.826.2', '1.2.826.3']);
    expect(await pacs.studiesOf('20260301', ['CT'])).toEqual([]);
  });

  test('one study by its UID, whatever its date, and nothing for one that it does not have', async () => {
    expect((await pacs.study('1.2.826.4'))?.studyInstanceUid).toBe('1.2.826.4');
    expect(await pacs.study('1.2.826.99')).toBeNull();
  });

  test('the series of a study with their modality', async () => {
    const series = await pacs.series('1.2.826.1');
    expect(series.map(({ seriesInstanceUid, modality }) => [seriesInstanceUid, modality]).sort()).toEqual([
      ['1.2.826.1.1', 'CT'],
      ['1.2.826.1.2', 'SR'],
    ]);
    expect(series.map(({ images }) => images).sort()).toEqual(counts ? [1, 2] : [null, null]);
  });
}

function describePacs(title: string, missing: readonly string[], body: () => void): void {
  if (missing.length === 0 || infrastructureRequired()) describe(title, body);
  else describe.skip(`${title} (skipped: ${missing.join(', ')})`, body);
}

describePacs(
  'Orthanc',
  [
    ...(orthancProgram() === undefined ? ['Orthanc is not installed'] : []),
    ...(existsSync(orthancDicomWeb) ? [] : ['its DICOMweb plugin is not installed']),
  ],
  () => {
    let orthanc: Orthanc;
    beforeAll(async () => {
      orthanc = await startOrthanc({
        modalities: { voorrang: { aet: 'VOORRANG', port: 1 } },
        plugins: [orthancDicomWeb],
      });
      await fill(orthanc.dicomPort, 'ORTHANC');
    }, 60_000);
    afterAll(() => orthanc?.stop());

    describe('over C-FIND', () =>
      pacsLaws(
        () => ({
          kind: 'c-find',
          host: '127.0.0.1',
          port: orthanc.dicomPort,
          calledAe: 'ORTHANC',
          callingAe: 'VOORRANG',
          tls: false,
        }),
        true,
      ));
    describe('over QIDO-RS', () => pacsLaws(() => ({ kind: 'qido-rs', url: `${orthanc.httpUrl}/dicom-web/` }), true));

    test('pages are put together', async () => {
      const pacs = qidoPacs({ kind: 'qido-rs', url: `${orthanc.httpUrl}/dicom-web` }, none, { pageSize: 1 });
      expect(uids(await pacs.studiesOf(day, ['CT', 'MR']))).toEqual(['1.2.826.1', '1.2.826.2', '1.2.826.3']);
    });
  },
);

describePacs('dcmqrscp', hasTool('dcmqrscp') ? [] : ['dcmqrscp is not installed'], () => {
  let port = 0;
  let stop = async (): Promise<void> => {};
  beforeAll(async () => {
    const directory = await tempDirectory('voorrang-dcmqrscp-');
    port = await freePort();
    const storage = join(directory.path, 'storage');
    await mkdir(storage);
    const file = join(directory.path, 'dcmqrscp.cfg');
    const lines = [
      `NetworkTCPPort = ${port}`,
      'MaxPDUSize = 16384',
      'MaxAssociations = 16',
      'HostTable BEGIN',
      'HostTable END',
      'VendorTable BEGIN',
      'VendorTable END',
      'AETable BEGIN',
      `DCMQRSCP ${storage} RW (200, 1024mb) ANY`,
      'AETable END',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const child = spawn('dcmqrscp', ['--config', file], { stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    stop = async () => {
      child.kill('SIGKILL');
      await ended;
      await directory.remove();
    };
    await waitUntil(
      () =>
        fill(port, 'DCMQRSCP').then(
          (statuses) => statuses.every((status) => status === 0),
          () => false,
        ),
      {
        deadlineMs: 20_000,
        what: 'dcmqrscp takes objects',
      },
    );
  }, 60_000);
  afterAll(() => stop());

  pacsLaws(
    () => ({ kind: 'c-find', host: '127.0.0.1', port, calledAe: 'DCMQRSCP', callingAe: 'VOORRANG', tls: false }),
    false,
  );

  test('a PACS that rejects us is an error that says so', async () => {
    const query = {
      kind: 'c-find',
      host: '127.0.0.1',
      port,
      calledAe: 'WRONG',
      callingAe: 'VOORRANG',
      tls: false,
    } as const;
    await expect(openPacs(peerOf(query), none)).rejects.toMatchObject({ code: 'VRG_DICOM_PEER_REFUSED' });
  });
});

describe('a QIDO-RS server', () => {
  let server: Server | undefined;
  afterEach(() => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve()))));

  async function pacsAt(listener: RequestListener, options: Parameters<typeof qidoPacs>[2] = {}): Promise<PacsQuery> {
    server = createServer(listener);
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/dicom-web`;
    return qidoPacs({ kind: 'qido-rs', url, authorization: 'Basic c2VjcmV0' }, none, options);
  }
  const match = (uid: string): DicomJson => ({
    '0020000D': { vr: 'UI', Value: [uid] },
    '00080061': { vr: 'CS', Value: ['CT'] },
  });
  const json =
    (body: unknown): RequestListener =>
    (_request, response) => {
      response.setHeader('content-type', 'application/dicom+json').end(JSON.stringify(body));
    };

  test('is asked for what is configured, with the credentials, and pages follow each other', async () => {
    const asked: string[] = [];
    const pacs = await pacsAt(
      (request, response) => {
        asked.push(`${request.headers.authorization} ${request.url}`);
        const offset = Number(new URL(request.url ?? '', 'http://x').searchParams.get('offset'));
        response.end(JSON.stringify(['1.1', '1.2', '1.3'].slice(offset, offset + 2).map(match)));
      },
      { pageSize: 2 },
    );
    expect(uids(await pacs.studiesOf(day, ['CT']))).toEqual(['1.1', '1.2', '1.3']);
    expect(asked[0]).toBe(
      'Basic c2VjcmV0 /dicom-web/studies?StudyDate=20260303-20260303&includefield=00081030&includefield=00201208&includefield=00080061&limit=2&offset=0',
    );
  });

  test('that knows neither limit nor offset is asked twice and not for ever', async () => {
    let asked = 0;
    const pacs = await pacsAt((_request, response) => {
      asked += 1;
      response.end(JSON.stringify([match('1.1'), match('1.2')]));
    });
    expect([uids(await pacs.studiesOf(day, ['CT'])), asked]).toEqual([['1.1', '1.2'], 2]);
  });

  test('without a match may say 204', async () => {
    const pacs = await pacsAt((_request, response) => void response.writeHead(204).end());
    expect([await pacs.studiesOf(day, ['CT']), await pacs.study('1.1')]).toEqual([[], null]);
  });

  const elsewhere: RequestListener = (_request, response) =>
    void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
  const status =
    (code: number): RequestListener =>
    (_request, response) =>
      void response.writeHead(code).end('Kanariepiet');
  test.each<[string, RequestListener, string]>([
    ['that sends us elsewhere', elsewhere, 'VRG_DICOM_PEER_UNAVAILABLE'],
    ['that wants other credentials', status(401), 'VRG_DICOM_PEER_REFUSED'],
    ['that is overloaded', status(503), 'VRG_DICOM_PEER_UNAVAILABLE'],
    [
      'that answers with a page',
      (_request, response) => void response.end('<html>Kanariepiet'),
      'VRG_DICOM_PEER_REFUSED',
    ],
    ['that answers with something else', json({ error: 'Kanariepiet' }), 'VRG_DICOM_PEER_REFUSED'],
    ['that answers with numbers', json([1, 2]), 'VRG_DICOM_PEER_REFUSED'],
    ['that never ends', (_request, response) => void response.write('['.repeat(5_000)), 'VRG_DICOM_PEER_REFUSED'],
    ['that says nothing', () => {}, 'VRG_DICOM_PEER_UNAVAILABLE'],
  ])('%s is an error without a word of its answer', async (_what, listener, code) => {
    const pacs = await pacsAt(listener, { timeoutMs: 300, pageBytes: 4_000 });
    const error = await pacs.studiesOf(day, ['CT']).then(
      () => undefined,
      (thrown: Error & { details?: unknown }) => thrown,
    );
    expect(error).toMatchObject({ code });
    expect(`${error?.message}${JSON.stringify(error?.details)}`).not.toContain('Kanariepiet');
    server?.closeAllConnections();
  });
});
