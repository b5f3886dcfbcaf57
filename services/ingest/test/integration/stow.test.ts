import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Event } from '@voorrang/contracts';
import { type DicomJson, readHeader, readPart10, sendObjects, sequenceOf, writeDataSet } from '@voorrang/dicom';
import { systemClock, VoorrangError } from '@voorrang/kernel';
import { createHttpApp, createLogger, createMetrics, type HttpServer, listen } from '@voorrang/platform';
import { fixtureFiles } from '@voorrang/testing';
import { startWorld, type World } from '../support.ts';

const token = 'a-token-for-the-tests';
let world: World | undefined;
let http: HttpServer | undefined;
afterEach(async () => {
  await http?.close();
  await world?.dispose();
  world = undefined;
  http = undefined;
});
async function start(...config: Parameters<typeof startWorld>): Promise<World> {
  world = await startWorld(...config);
  const auth = { apiToken: token, clock: systemClock(), secureCookie: false };
  const logger = createLogger('error', { write: () => {} });
  http = await listen(
    createHttpApp({ services: [world.ingest], auth, logger, metrics: createMetrics() }),
    0,
    '127.0.0.1',
  );
  return world;
}

const fileOf = (name: string): Buffer => {
  const file = fixtureFiles('dicom').find((each) => each.name === name);
  if (file === undefined) throw new Error(`no fixture ${name}`);
  return readFileSync(file.path);
};
const ct = fileOf('CT_small.dcm');
const mr = fileOf('MR_small_implicit.dcm');
const report = fileOf('sr/highdicom-tid1500.dcm');
const ctStudy = '1.3.6.1.4.1.5962.1.2.1.20040119072730.12322';
const ctInstance = '1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322';
const mrInstance = '1.3.6.1.4.1.5962.1.1.4.1.1.20040826185059.5457';

const dicomType = 'multipart/related; type="application/dicom"; boundary=part';
const bodyOf = (...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap((part) => [
      Buffer.from('--part\r\nContent-Type: application/dicom\r\n\r\n'),
      part,
      Buffer.from('\r\n'),
    ]),
    Buffer.from('--part--\r\n'),
  ]);
type Answered = {
  status: number;
  type: string | null;
  retryAfter: string | null;
  body: DicomJson & Record<string, unknown>;
};
async function post(
  body: Buffer,
  { path = '/dicomweb/studies', ...headers }: Record<string, string> & { path?: string } = {},
): Promise<Answered> {
  const answer = await fetch(`http://127.0.0.1:${http?.port}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': dicomType,
      accept: 'application/dicom+json',
      ...headers,
    },
    body: new Uint8Array(body),
  });
  const { headers: given, status } = answer;
  const answered = { status, type: given.get('content-type'), retryAfter: given.get('retry-after') };
  return { ...answered, body: (await answer.json()) as Answered['body'] };
}
const value = (item: DicomJson | undefined, tag: string) => item?.[tag]?.Value?.[0];
const stored = ({ body }: Answered) => sequenceOf(body, '00081199').map((item) => value(item, '00081155'));
const failed = ({ body }: Answered) =>
  sequenceOf(body, '00081198').map((item) => [value(item, '00081155'), value(item, '00081197')]);
const unnamed = ({ body }: Answered) => sequenceOf(body, '0008119A').map((item) => value(item, '00081197'));

describe('storing over the web', () => {
  test('instances become the same facts as over an association', async () => {
    const on = await start();
    const answer = await post(bodyOf(ct, mr, report), { 'x-acting-user': 'NORTHCT' });
    expect([answer.status, answer.type]).toEqual([200, 'application/dicom+json']);
    expect(stored(answer).slice(0, 2)).toEqual([ctInstance, mrInstance]);
    expect(Object.keys(answer.body)).toEqual(['00081199']);
    const stowed = on.spool.accepted.splice(0);
    const objects = [ct, mr, report].map((file) => {
      const { dataSet, transferSyntax } = readPart10(file);
      return { ...readHeader(dataSet, transferSyntax), dataSet, transferSyntax };
    });
    const target = { host: '127.0.0.1', port: on.ingest.dicomPort(), calledAe: 'VOORRANG', callingAe: 'NORTHCT' };
    await sendObjects(target, objects);
    const sameOf = ({ site, key, type, data }: Event) => ({ site, key, type, data });
    expect(stowed.map(({ source }) => source)).toEqual(Array(3).fill('ingest/stow'));
    expect(stowed.map(sameOf)).toEqual(on.spool.accepted.map(sameOf));
  });

  test('a file without preamble or meta information is taken too', async () => {
    await start();
    const { dataSet } = readPart10(mr);
    const answer = await post(bodyOf(dataSet, ct.subarray(128), ct.subarray(132)));
    expect([answer.status, stored(answer)]).toEqual([200, [mrInstance, ctInstance, ctInstance]]);
  });

  test('an instance of another study than the address names fails for itself', async () => {
    const on = await start();
    const answer = await post(bodyOf(ct, mr), { path: `/dicomweb/studies/${ctStudy}` });
    expect(answer.status).toBe(202);
    expect([stored(answer), failed(answer)]).toEqual([[ctInstance], [[mrInstance, 0xa900]]]);
    expect(on.spool.accepted).toHaveLength(1);
  });

  test('what cannot be stored is told with its reason, and the rest is stored', async () => {
    await start();
    const otherClass = Buffer.from(ct);
    const classAt = otherClass.indexOf('1.2.840.10008.5.1.4.1.1.2\0', 300); // behind the file meta information
    otherClass.write('1.2.840.10008.5.1.4.1.2.2', classAt, 'latin1');
    const otherSyntax = Buffer.from(ct);
    otherSyntax.write('1.2.840.10008.9.9.1', otherSyntax.indexOf('1.2.840.10008.1.2.1\0'), 'latin1');
    const noUids = fileOf('nested_priv_SQ.dcm');
    const answer = await post(
      bodyOf(Buffer.from('%PDF-1.7'), ct, noUids, otherSyntax, otherClass, fileOf('rtplan_truncated.dcm')),
    );
    expect(answer.status).toBe(202);
    expect(stored(answer)).toHaveLength(2);
    expect(failed(answer)).toEqual([
      [ctInstance, 0xc122],
      [ctInstance, 0x0122],
    ]);
    expect(unnamed(answer)).toEqual([0xc000, 0xc000]);
  });

  test.each([
    ['nothing but refusals', () => bodyOf(fileOf('nested_priv_SQ.dcm')), 409],
    ['no part', () => Buffer.from('--part--'), 400],
    ['no closing boundary', () => bodyOf(ct).subarray(0, -10), 400],
    ['no multipart at all', () => ct, 400],
    ['a part in base64', () => Buffer.from('--part\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--part--'), 400],
  ])('%s is answered as such', async (_what, body, status) => {
    await start();
    const answer = await post(body());
    expect(answer.status).toBe(status);
    if (status === 400)
      expect(answer).toMatchObject({
        type: 'application/problem+json; charset=utf-8',
        body: { code: 'VRG_HTTP_MALFORMED' },
      });
  });

  test.each([
    [
      'metadata with bulk data apart',
      { 'content-type': 'multipart/related; type="application/dicom+json"; boundary=part' },
      415,
    ],
    ['plain JSON', { 'content-type': 'application/json' }, 415],
    ['a compressed body', { 'content-encoding': 'gzip' }, 415],
    ['XML wanted', { accept: 'application/dicom+xml' }, 406],
    ['no token', { authorization: '' }, 401],
    ['a token that is not ours', { authorization: 'Bearer x' }, 401],
    ['an address that is no study', { path: '/dicomweb/studies/1.2.x' }, 400],
  ])('%s is refused', async (_what, headers: Record<string, string>, status) => {
    const on = await start();
    const body = headers['content-type'] === 'application/json' ? Buffer.from('{}') : bodyOf(ct);
    expect((await post(body, headers)).status).toBe(status);
    expect(on.spool.accepted).toEqual([]);
  });

  test('JSON is given to a client that knows no other name for it', async () => {
    await start();
    expect((await post(bodyOf(ct), { accept: 'application/json' })).status).toBe(200);
  });
});

describe('who stores', () => {
  test('strangers are of the fallback, or refused where it says so', async () => {
    const on = await start();
    await post(bodyOf(ct), { 'x-acting-user': 'gateway' });
    expect(on.spool.accepted[0]).toMatchObject({
      site: 'EX',
      data: { sender: { callingAe: 'gateway', calledAe: 'VOORRANG' } },
    });
  });

  test.each([
    ['strangers', { fallback: { authority: 'A', charset: '', unknown: 'refuse' as const } }, 'gateway'],
    [
      'another address',
      { dicom: [{ callingAe: 'PACS', site: 'EX', authority: 'A', addresses: ['10.0.0.0/8'] }] },
      'PACS',
    ],
    [
      'who may not store',
      { dicom: [{ callingAe: 'RIS', site: 'EX', authority: 'A', operations: ['mpps' as const] }] },
      'RIS',
    ],
  ])('%s are refused', async (_what, senders, account) => {
    const on = await start({}, { senders });
    expect((await post(bodyOf(ct), { 'x-acting-user': account })).status).toBe(403);
    expect(on.spool.accepted).toEqual([]);
  });
});

describe('trouble', () => {
  test('when nothing can be made durable the whole request is to be sent again', async () => {
    const on = await start();
    on.spool.fail = new VoorrangError('VRG_SPOOL_FULL');
    const refused = await post(bodyOf(ct, mr));
    expect(refused).toMatchObject({ status: 503, retryAfter: '5', body: { code: 'VRG_SPOOL_FULL' } });
    on.spool.fail = undefined;
    expect((await post(bodyOf(ct, mr))).status).toBe(200);
  });

  test('what finds no room for itself fails alone, and alone is to be sent again', async () => {
    await start({}, { evidenceBytes: 1000 });
    const long = writeDataSet(
      {
        ...{
          '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.11'] },
          '00080018': { vr: 'UI', Value: ['1.2.9'] },
        },
        ...{ '0020000D': { vr: 'UI', Value: ['1.2.8'] }, '0020000E': { vr: 'UI', Value: ['1.2.7'] } },
        '0040A160': { vr: 'UT', Value: ['x'.repeat(600_000)] },
      },
      '1.2.840.10008.1.2.1',
    );
    const some = await post(bodyOf(long, ct));
    expect([some.status, failed(some)]).toEqual([202, [['1.2.9', 0xa700]]]);
    expect((await post(bodyOf(long))).status).toBe(503);
  });

  test('a body larger than what is taken is refused by its announced length', async () => {
    await start();
    const status = await new Promise((resolve) => {
      const sent = httpRequest({
        port: http?.port,
        method: 'POST',
        path: '/dicomweb/studies',
        headers: { authorization: `Bearer ${token}`, 'content-type': dicomType, 'content-length': 20 * 2 ** 30 },
      });
      sent.once('response', (response) => resolve(response.statusCode)).on('error', () => {});
      sent.write('--part\r\n');
    });
    expect(status).toBe(413);
  });

  test('a sender that goes in the middle leaves what was complete, and others unharmed', async () => {
    const on = await start();
    const body = bodyOf(ct, mr);
    await new Promise<void>((resolve) => {
      const sent = httpRequest({
        port: http?.port,
        method: 'POST',
        path: '/dicomweb/studies',
        headers: { authorization: `Bearer ${token}`, 'content-type': dicomType, 'content-length': body.length },
      });
      sent.on('error', () => {}).once('close', resolve);
      sent.write(body.subarray(0, ct.length + 2000), () => sent.destroy());
    });
    expect((await post(body)).status).toBe(200);
    expect(new Set(on.spool.accepted.map(({ key }) => key)).size).toBe(2);
  });

  test('an object of 192 MB passes in little memory, in any pieces', async () => {
    const on = await start();
    const before = process.memoryUsage.rss();
    let highest = before;
    const noise = randomBytes(1 << 20);
    const head = Buffer.concat([bodyOf(ct).subarray(0, -12)]);
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest({
        port: http?.port,
        method: 'POST',
        path: '/dicomweb/studies',
        headers: { authorization: `Bearer ${token}`, 'content-type': dicomType },
      });
      sent.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
      sent.write(head);
      let left = 192;
      const more = (): void => {
        highest = Math.max(highest, process.memoryUsage.rss());
        if (left === 0) return void sent.end('\r\n--part--');
        left -= 1;
        sent.write(noise.subarray(left * 17), more);
      };
      more();
    });
    expect([status, on.spool.accepted.length]).toEqual([200, 1]);
    expect(highest - before).toBeLessThan(96 << 20);
  });
});
