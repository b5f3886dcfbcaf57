import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type DicomJson,
  type ObjectToSend,
  readDataSet,
  readHeader,
  readPart10,
  sendObjects,
  writeDataSet,
} from '@voorrang/dicom';
import { fixtureFiles } from '@voorrang/testing';
import { startWorld, type World } from '../support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});
const start = async (...config: Parameters<typeof startWorld>): Promise<World> => {
  world = await startWorld(...config);
  return world;
};

const explicit = '1.2.840.10008.1.2.1';
const objectOf = (dataSet: Buffer, transferSyntax: string): ObjectToSend => {
  const { sopClassUid, sopInstanceUid } = readHeader(dataSet, transferSyntax);
  return { sopClassUid, sopInstanceUid, transferSyntax, dataSet };
};
const fileOf = (name: string): Buffer => {
  const file = fixtureFiles('dicom').find((each) => each.name === name);
  if (file === undefined) throw new Error(`no fixture ${name}`);
  return readFileSync(file.path);
};
const report = readPart10(fileOf('sr/highdicom-tid1500.dcm'));
const content = readDataSet(report.dataSet, report.transferSyntax);
const sr = objectOf(report.dataSet, report.transferSyntax);

const damaged = (bytes: Buffer): Buffer => {
  const changed = Buffer.from(bytes);
  changed.fill(0xff, bytes.length - 300, bytes.length - 200);
  return changed;
};

/** The same report with so many more lines of text, as another instance. */
function longReport(lines: number, instance: string): ObjectToSend {
  const line: DicomJson = { '0040A160': { vr: 'UT', Value: ['No haemorrhage. '.repeat(60)] } };
  const long: DicomJson = {
    ...content,
    '00080018': { vr: 'UI', Value: [instance] },
    '00080050': { vr: 'SH', Value: ['ACC7'] },
    '0040A730': { vr: 'SQ', Value: Array.from({ length: lines }, () => line) },
  };
  return objectOf(writeDataSet(long, explicit), explicit);
}

const send = ({ ingest }: World, ...objects: readonly ObjectToSend[]): Promise<readonly number[]> =>
  sendObjects({ host: '127.0.0.1', port: ingest.dicomPort(), calledAe: 'VOORRANG', callingAe: 'NORTHCT' }, objects);
const told = ({ spool }: World): Record<string, unknown>[] =>
  spool.accepted.filter(({ type }) => type === 'evidence.received').map(({ data }) => data as Record<string, unknown>);

describe('the content of evidence', () => {
  test('a structured report comes with its content, its patient and its orders', async () => {
    const on = await start();
    expect(await send(on, sr)).toEqual([0]);
    const [fact] = told(on);
    expect(fact).toMatchObject({
      modality: 'SR',
      patient: { id: '1CT1', authority: 'NORTHHOSP', name: 'CompressedSamples, CT1' },
      patientAuthorityAssumed: true,
      accessionNumbers: [],
      contentRef: null,
    });
    expect(fact?.content).toEqual(content);
  });

  test('what is too large for an event is kept beside it, once, and given back by its digest', async () => {
    const on = await start();
    const long = longReport(700, '1.2.3.700');
    expect(await send(on, long, long)).toEqual([0, 0]);
    await on.restart();
    expect(await send(on, long)).toEqual([0]);
    const facts = told(on);
    const expected = Buffer.from(JSON.stringify(readDataSet(long.dataSet, explicit)));
    const reference = { digest: createHash('sha256').update(expected).digest('hex'), bytes: expected.length };
    expect(facts.map(({ content, contentRef }) => ({ content, contentRef }))).toEqual(
      Array(3).fill({ content: null, contentRef: reference }),
    );
    expect(facts[0]).toMatchObject({ accessionNumbers: ['ACC7'] });
    const answer = await on.api('GET', `/api/v1/evidence/${reference.digest}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/dicom+json']);
    expect(answer.body).toEqual(JSON.parse(expected.toString()));
    expect(on.ingest.health().evidence).toEqual({ ok: true, detail: '1 texts, 1 MB of 1024 MB' });
  });

  test('with its store full large evidence is to be sent again, and everything else is taken', async () => {
    const on = await start({}, { evidenceBytes: 1_000_000 });
    expect(await send(on, longReport(700, '1.2.3.1'), longReport(701, '1.2.3.2'), sr)).toEqual([0, 0xa700, 0]);
    expect(told(on)).toHaveLength(2);
    expect(on.ingest.health().evidence?.ok).toBe(true);
  });

  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 200)],
    ['broken inside', damaged],
  ])('a report that is %s is evidence without content', async (_what, damage: (bytes: Buffer) => Buffer) => {
    const on = await start();
    expect(await send(on, { ...sr, dataSet: damage(report.dataSet) })).toEqual([0]);
    expect(told(on)).toMatchObject([{ modality: 'SR', content: null, contentRef: null }]);
  });

  test.each([
    ['0'.repeat(64), 404],
    ['1234', 400],
    [`..%2f${'0'.repeat(61)}`, 400],
  ])('%s names no evidence', async (digest, status) => {
    expect((await (await start()).api('GET', `/api/v1/evidence/${digest}`)).status).toBe(status);
  });
});
