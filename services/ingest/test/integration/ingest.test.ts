import { afterEach, describe, expect, test } from '@jest/globals';
import { type EventData, encodeEvent } from '@voorrang/contracts';
import { readHeader, readPart10, sendObjects } from '@voorrang/dicom';
import { VoorrangError } from '@voorrang/kernel';
import { hasTool, runTool, waitUntil } from '@voorrang/testing';
import { keys, seriesObserved } from '../builders.ts';
import { fixture, readFixture, sendHl7, startWorld, type World } from '../support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});
const start = async (...config: Parameters<typeof startWorld>): Promise<World> => {
  world = await startWorld(...config);
  return world;
};

const objectIn = (name: string) => {
  const { transferSyntax, dataSet } = readPart10(readFixture(name));
  const { sopClassUid, sopInstanceUid } = readHeader(dataSet, transferSyntax);
  return { transferSyntax, dataSet, sopClassUid, sopInstanceUid };
};
/** The same image under another SOP Instance UID, padded to the length of the real one. */
function withInstance(dataSet: Buffer, uid: string): Buffer {
  const changed = Buffer.from(dataSet);
  const at = changed.indexOf('1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322', 0, 'latin1');
  changed.write(uid.padEnd(48, '\0'), at, 'latin1');
  return changed;
}
const ct = objectIn('CT_small.dcm');
const plan = objectIn('rtplan.dcm');
const ctStudy = '1.3.6.1.4.1.5962.1.2.1.20040119072730.12322';
const target = ({ ingest }: World, callingAe = 'SCANNER') => ({
  host: '127.0.0.1',
  port: ingest.dicomPort(),
  calledAe: 'VOORRANG',
  callingAe,
});
const settledOf = ({ events }: World): EventData<'study.settled'>[] =>
  events('imaging').flatMap((event) => (event.type === 'study.settled' ? [event.data] : []));

const order = (control: string): string =>
  [
    `MSH|^~\\&|EXRIS|EXHOSP|VOORRANG|EX|20260303080000+0100||ORM^O01|${control}|P|2.5.1|||||NL|UNICODE UTF-8`,
    'PID|||100001^^^EXHOSP^PI||Jansen^Jan||19500131|M',
    'PV1||E|SEH^^^EX',
    'ORC|NW|PL1|F1||SC||^^^20260303080000^^S',
    'OBR|1|PL1|F1|CTHEAD^CT hersenen^L||||||||||||||ACC1||||||CT',
  ].join('\r');

describe('images', () => {
  test('an image is a fact of its site, and its study is settled when it has been quiet', async () => {
    const on = await start();
    expect(await sendObjects(target(on, 'NORTHCT'), [ct])).toEqual([0]);
    const [fact] = on.spool.accepted;
    expect(fact).toMatchObject({
      type: 'series.observed',
      source: 'ingest/dicom',
      site: 'NORTH',
      key: keys.study('NORTH', ctStudy),
      data: {
        studyInstanceUid: ctStudy,
        modality: 'CT',
        patient: { id: '1CT1', authority: 'NORTHHOSP', name: 'CompressedSamples, CT1', birthDate: null, sex: 'O' },
        patientAuthorityAssumed: true,
        sender: { callingAe: 'NORTHCT', calledAe: 'VOORRANG' },
      },
    });
    await waitUntil(() => settledOf(on).length === 1);
    expect(settledOf(on)[0]).toMatchObject({
      studyInstanceUid: ctStudy,
      version: 1,
      by: 'quiet',
      modalities: ['CT'],
      imagesCompleteAt: fact?.stamp.observedAt,
    });
  });

  test('images that arrive together over four associations are all told, and their study is settled once', async () => {
    const on = await start();
    const copies = Array.from({ length: 40 }, (_, n) => ({
      ...ct,
      sopInstanceUid: `1.2.3.${n}`,
      dataSet: withInstance(ct.dataSet, `1.2.3.${n}`),
    }));
    const quarters = [0, 10, 20, 30].map((at) => sendObjects(target(on), copies.slice(at, at + 10)));
    expect((await Promise.all(quarters)).flat()).toEqual(copies.map(() => 0));
    const observed = (): string[] =>
      on
        .events('imaging')
        .flatMap((event) =>
          event.type === 'series.observed' ? event.data.instances.map(({ sopInstanceUid }) => sopInstanceUid) : [],
        );
    await waitUntil(() => new Set(observed()).size === 40);
    await waitUntil(() => settledOf(on).length === 1);
    expect(on.spool.accepted).toHaveLength(40);
  });

  test('an object that is no image is evidence and never settles anything', async () => {
    const on = await start();
    expect(await sendObjects(target(on), [plan])).toEqual([0]);
    expect(on.spool.accepted.map(({ type, site }) => [type, site])).toEqual([['evidence.received', 'EX']]);
    await waitUntil(() => on.events('evidence').length === 1);
    await sendObjects(target(on), [ct]);
    await waitUntil(() => settledOf(on).length === 1);
    expect(settledOf(on)[0]?.studyInstanceUid).toBe(ctStudy);
  });

  test('a full spool is answered as out of resources, and the next object after it has room is stored', async () => {
    const on = await start();
    on.spool.fail = new VoorrangError('VRG_SPOOL_FULL');
    expect(await sendObjects(target(on), [ct])).toEqual([0xa700]);
    on.spool.fail = undefined;
    expect(await sendObjects(target(on), [ct])).toEqual([0]);
  });

  test('due times survive a restart and are settled at once when they passed meanwhile', async () => {
    const on = await start({ settleSeconds: 3600, hardLimitSeconds: 3600 });
    const event = seriesObserved(7, 1, [1, 2], Date.now() - 3_599_000);
    await on.bus.publish([{ topic: 'imaging', key: event.key, value: encodeEvent(event) }]);
    await waitUntil(() => on.events('imaging').length === 1);
    await on.restart();
    await waitUntil(() => settledOf(on).length === 1);
    expect(settledOf(on)).toMatchObject([{ studyInstanceUid: '1.2.7', version: 1, by: 'quiet' }]);
  });

  test('a late series makes the next version, the same image again does not', async () => {
    const on = await start();
    await sendObjects(target(on), [ct]);
    await waitUntil(() => settledOf(on).length === 1);
    await sendObjects(target(on), [ct]);
    const fact = seriesObserved(8, 2, [1], Date.now());
    const late = { ...fact, key: keys.study('EX', ctStudy), data: { ...fact.data, studyInstanceUid: ctStudy } };
    await on.bus.publish([{ topic: 'imaging', key: late.key, value: encodeEvent(late) }]);
    await waitUntil(() => settledOf(on).length === 2);
    expect(
      settledOf(on).map(({ studyInstanceUid, version, seriesInstanceUids }) => [
        studyInstanceUid,
        version,
        seriesInstanceUids.length,
      ]),
    ).toEqual([
      [ctStudy, 1, 1],
      [ctStudy, 2, 2],
    ]);
  });
});

describe('messages', () => {
  test('an order is a fact before it is answered AA with its control id', async () => {
    const on = await start();
    const [answer] = await sendHl7(on.ingest.mllpPort(), [order('M1')]);
    expect(answer).toContain('MSA|AA|M1');
    expect(on.spool.accepted).toMatchObject([
      {
        type: 'order.placed',
        source: 'ingest/mllp',
        site: 'EX',
        key: keys.order('EX', 'F1'),
        data: { orderNumber: { filler: 'F1' }, accessionNumbers: ['ACC1'] },
      },
    ]);
  });

  test('unusable messages are answered with the place, and the next good one is taken on the same connection', async () => {
    const on = await start();
    const answers = await sendHl7(on.ingest.mllpPort(), [
      'not HL7 at all',
      order('M2').replace('ORM^O01', 'SIU^S12'),
      order('M3').replace('ORC|NW|PL1|F1', 'ORC|NW||').replace('OBR|1|PL1|F1', 'OBR|1||'),
      order('M4'),
    ]);
    expect(answers.map((answer) => /MSA\|(A.)\|(\w*)/.exec(answer)?.slice(1))).toEqual([
      ['AR', ''],
      ['AR', 'M2'],
      ['AE', 'M3'],
      ['AA', 'M4'],
    ]);
    expect(answers[2]).toContain('ERR|');
    expect(on.spool.accepted).toHaveLength(1);
  });

  test('a full spool is answered AR, so that the sender keeps the message', async () => {
    const on = await start();
    on.spool.fail = new VoorrangError('VRG_SPOOL_FULL');
    const [answer] = await sendHl7(on.ingest.mllpPort(), [order('M5')]);
    expect(answer).toContain('MSA|AR|M5');
    expect(answer).toContain('VRG_SPOOL_FULL');
  });

  test('a full spool is told once and its end with the count, without frames, however many messages meet it', async () => {
    const on = await start();
    const told = () => on.logged.slice(before).map((line) => JSON.parse(line));
    const before = on.logged.length;
    on.spool.fail = new VoorrangError('VRG_STORAGE_FULL');
    await sendHl7(
      on.ingest.mllpPort(),
      Array.from({ length: 50 }, (_, index) => order(`F${index}`)),
    );
    expect(await sendObjects(target(on, 'NORTHCT'), [ct, ct])).toEqual([0xa700, 0xa700]);
    on.spool.fail = undefined;
    await sendHl7(on.ingest.mllpPort(), [order('M8')]);
    expect(told().map(({ msg, kind, count }) => [msg, kind, count])).toEqual([
      ['facts could not be made durable', 'VRG_STORAGE_FULL', undefined],
      ['facts are durable again', 'VRG_STORAGE_FULL', 52],
    ]);
    expect(JSON.stringify(told())).not.toContain('frames');
  });

  test('nothing of a patient reaches the log, whatever goes wrong', async () => {
    const on = await start();
    const canary = 'Canarypatient';
    await sendHl7(on.ingest.mllpPort(), [
      canary,
      order('M6').replace('Jansen', canary),
      order('M7').replace('PID|', `${canary}|`),
    ]);
    on.spool.fail = new VoorrangError('VRG_SPOOL_FULL');
    await sendHl7(on.ingest.mllpPort(), [order(canary)]);
    await sendObjects(target(on, canary.slice(0, 16)), [ct, { ...plan, dataSet: plan.dataSet.subarray(0, 100) }]);
    expect(on.logged.length).toBeGreaterThan(3);
    expect(on.logged.join('\n')).not.toMatch(/Canarypatient|CompressedSamples|1CT1|Jansen/);
  });
});

test('an association of a sender that the protocol does not name is told once, by its address', async () => {
  const on = await start();
  const told = () => on.logged.filter((line) => line.includes('names no such DICOM sender'));
  await sendObjects(target(on, 'NORTHCT'), [ct, ct]);
  expect(told()).toEqual([]);
  await sendObjects(target(on, 'NOBODY'), [ct, ct]);
  expect(told()).toHaveLength(1);
  expect(told()[0]).toContain('127.0.0.1');
  expect(told()[0]).not.toContain('NOBODY');
});

test('health names each part, and ports say where to send', async () => {
  const on = await start();
  const health = Object.entries(on.ingest.health());
  expect(health.map(([name]) => name)).toEqual(
    expect.arrayContaining(['dicom', 'mllp', 'spool', 'assembler', 'settling', 'outbox', 'watch']),
  );
  expect(health.filter(([, { ok }]) => !ok)).toEqual([]);
  expect(on.ingest.ports()).toEqual([
    `DICOM  127.0.0.1:${on.ingest.dicomPort()}  C-ECHO, C-STORE, IAN, MPPS as VOORRANG`,
    `HL7    127.0.0.1:${on.ingest.mllpPort()}  v2 over MLLP`,
  ]);
});

(hasTool('storescu') ? test : test.skip)(
  'storescu of DCMTK stores an object and its study is settled (skipped where it is not installed)',
  async () => {
    const on = await start();
    const { code } = await runTool('storescu', [
      '-aet',
      'EXCT1',
      '127.0.0.1',
      String(on.ingest.dicomPort()),
      fixture('CT_small.dcm'),
    ]);
    expect(code).toBe(0);
    await waitUntil(() => settledOf(on).length === 1);
  },
);
