import { afterEach, describe, expect, test } from '@jest/globals';
import { sendObjects } from '@voorrang/dicom';
import { VoorrangError } from '@voorrang/kernel';
import { waitUntil } from '@voorrang/testing';
import { sql } from 'kysely';
import { ingestMigrations } from '../../src/adapters/sql/schema.ts';
import { keys } from '../builders.ts';
import { codesOf, order, unusable } from '../messages.ts';
import { sendHl7, startWorld, type World } from '../support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});
const start = async (...given: Parameters<typeof startWorld>): Promise<World> => {
  world = await startWorld(...given);
  return world;
};
type Item = Readonly<Record<string, unknown>> & { readonly id: string };
const send = (on: World, ...messages: string[]): Promise<string[]> => sendHl7(on.ingest.mllpPort(), messages);
const listOf = async ({ api }: World, query = ''): Promise<{ items: Item[]; nextCursor: string | null }> =>
  (await api('GET', `/api/v1/quarantine${query}`)).body as { items: Item[]; nextCursor: string | null };
const onlyItem = async (on: World): Promise<Item> => {
  const { items } = await listOf(on);
  expect(items).toHaveLength(1);
  return items[0] as Item;
};

describe('what cannot be used', () => {
  test('is listed with its reason after it was answered, and counted when it comes again', async () => {
    const on = await start();
    expect(codesOf(await send(on, unusable('Q1'), unusable('Q1')))).toEqual(['AE Q1', 'AE Q1']);
    const item = await onlyItem(on);
    expect(item).toMatchObject({
      kind: 'hl7',
      state: 'open',
      site: 'EX',
      sender: 'EXRIS|EXHOSP',
      address: '127.0.0.1',
      messageType: 'ORM^O01',
      controlId: 'Q1',
      code: 'AE',
      bytes: Buffer.byteLength(unusable('Q1')),
      count: 2,
      resolvedAt: null,
      resolvedBy: null,
    });
    expect(item.problems).toMatchObject([{ condition: expect.stringMatching(/^\d+$/), text: expect.any(String) }]);
    expect(on.spool.accepted).toEqual([]);
  });

  test('garbage and unsupported types are kept too', async () => {
    const on = await start();
    await send(on, 'not HL7 at all', order('Q2').replace('ORM^O01', 'SIU^S12'));
    const { items } = await listOf(on);
    expect(items.map(({ code, messageType }) => [code, messageType]).toSorted()).toEqual([
      ['AR', ''],
      ['AR', 'SIU^S12'],
    ]);
  });

  test('is read segment by segment in its character set, and reading it is told without a word of it', async () => {
    const on = await start();
    await send(on, unusable('Q3').replace('Jansen', 'Müller-Ångström'));
    const { id } = await onlyItem(on);
    const { status, body } = await on.api('GET', `/api/v1/quarantine/${id}`, undefined, 'dr.de.vries');
    expect(status).toBe(200);
    const { content, charset } = body as { content: string; charset: string };
    expect(charset).toBe('utf-8');
    expect(content.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^MSH\|/),
      'PID|||100001^^^EXHOSP^PI||Müller-Ångström^Jan||19500131|M',
    ]);
    const told = on.logged.filter((line) => line.includes('was read'));
    expect(told.map((line) => JSON.parse(line))).toMatchObject([{ user: 'dr.de.vries', quarantine: id }]);
    expect(on.logged.join('\n')).not.toMatch(/Müller|100001/);
  });

  test('that cannot be kept is answered AR, so that the sender keeps it', async () => {
    const on = await start();
    const database = await on.sql.open('ingest', ingestMigrations);
    await sql`alter table ingest_quarantine rename to away`.execute(database.query);
    expect(codesOf(await send(on, unusable('Q4'), order('Q5')))).toEqual(['AR Q4', 'AA Q5']);
    await sql`alter table away rename to ingest_quarantine`.execute(database.query);
    expect(codesOf(await send(on, unusable('Q4')))).toEqual(['AE Q4']);
  });

  test('an object whose header cannot be used is kept with its header', async () => {
    const on = await start();
    const dataSet = Buffer.from('0800160014000000312e322e3834302e31303030382e352e312e342e312e31', 'hex');
    const object = {
      transferSyntax: '1.2.840.10008.1.2',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      sopInstanceUid: '1.2.3.4',
      dataSet,
    };
    const target = { host: '127.0.0.1', port: on.ingest.dicomPort(), calledAe: 'VOORRANG', callingAe: 'NORTHCT' };
    expect(await sendObjects(target, [object])).toEqual([0xc000]);
    const item = await onlyItem(on);
    expect(item).toMatchObject({
      kind: 'dicom',
      code: 'C000',
      site: 'NORTH',
      sender: 'NORTHCT',
      messageType: object.sopClassUid,
      controlId: '1.2.3.4',
      problems: [{ condition: 'C000' }],
      bytes: dataSet.length,
    });
    const replayed = await on.api('POST', `/api/v1/quarantine/${item.id}/replay`, {});
    expect([replayed.status, replayed.body]).toMatchObject([200, { outcome: 'refused' }]);
    const corrected = await on.api('POST', `/api/v1/quarantine/${item.id}/replay`, { content: 'x' });
    expect(corrected.status).toBe(400);
  });
});

describe('an operator', () => {
  const replay = (on: World, id: string, body: unknown = {}, as?: string) =>
    on.api('POST', `/api/v1/quarantine/${id}/replay`, body, as);

  test('corrects and replays: the facts are durable before the answer, once, and the sender is then answered AA', async () => {
    const on = await start();
    await send(on, unusable('O1').replace('Jansen', 'Çelik'));
    const { id } = await onlyItem(on);
    const refused = await replay(on, id);
    expect(refused).toMatchObject({ status: 200, body: { outcome: 'refused' } });
    expect((refused.body as { problems: unknown[] }).problems.length).toBeGreaterThan(0);
    const { content } = (await on.api('GET', `/api/v1/quarantine/${id}`)).body as { content: string };
    const corrected = content.replace('ORC|NW||', 'ORC|NW|PL1|F1').replace('OBR|1||', 'OBR|1|PL1|F1');
    const both = await Promise.all([replay(on, id, { content: corrected }), replay(on, id, { content: corrected })]);
    for (const { status, body } of both) expect([status, body]).toEqual([200, { outcome: 'accepted', problems: [] }]);
    expect((await replay(on, id, {}, 'another')).body).toEqual({ outcome: 'accepted', problems: [] });
    expect(on.spool.accepted).toMatchObject([
      { type: 'order.placed', source: 'ingest/quarantine', key: keys.order('EX', 'F1') },
    ]);
    expect(JSON.stringify(on.spool.accepted)).toContain('Çelik');
    expect(await onlyItem(on)).toMatchObject({ state: 'replayed', resolvedBy: 'dr.jansen' });
    expect(codesOf(await send(on, unusable('O1').replace('Jansen', 'Çelik')))).toEqual(['AA O1']);
    expect(on.spool.accepted).toHaveLength(1);
  });

  test('replays a merge of a sender that nobody named, which counts then', async () => {
    const on = await start();
    const merge = [
      'MSH|^~\\&|STRANGER|X|VOORRANG|EX|20260303080000||ADT^A40|O2|P|2.5.1',
      'EVN|A40|20260303080000',
      'PID|||1^^^EXHOSP^PI||Jansen^Jan',
      'MRG|2^^^EXHOSP^PI',
    ].join('\r');
    expect(codesOf(await send(on, merge))).toEqual(['AE O2']);
    const { id } = await onlyItem(on);
    expect((await replay(on, id)).body).toMatchObject({ outcome: 'accepted' });
    expect(on.spool.accepted.map(({ type }) => type)).toEqual(['patient.merged']);
  });

  test('is told 503 while the facts cannot be made durable, and can go on later', async () => {
    const on = await start();
    await send(on, unusable('O3'));
    const { id } = await onlyItem(on);
    on.spool.fail = new VoorrangError('VRG_SPOOL_FULL');
    const failed = await replay(on, id, { content: order('O3') });
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '5']);
    on.spool.fail = undefined;
    expect((await replay(on, id, { content: order('O3') })).body).toMatchObject({ outcome: 'accepted' });
  });

  test('dismisses with a reason, for good', async () => {
    const on = await start();
    await send(on, unusable('O4'));
    const { id } = await onlyItem(on);
    const dismiss = (body: unknown) => on.api('POST', `/api/v1/quarantine/${id}/dismiss`, body);
    expect((await dismiss({})).body).toMatchObject({ status: 400, problems: [{ path: 'body.reason' }] });
    expect((await dismiss({ reason: 'a test of the vendor' })).status).toBe(200);
    expect((await dismiss({ reason: 'a test of the vendor' })).status).toBe(200);
    expect((await replay(on, id)).status).toBe(409);
    expect(await onlyItem(on)).toMatchObject({ state: 'dismissed', resolvedBy: 'dr.jansen' });
    expect(codesOf(await send(on, unusable('O4')))).toEqual(['AE O4']);
    expect(await onlyItem(on)).toMatchObject({ state: 'dismissed', count: 2 });
  });

  test('goes through pages, and mistakes in the call are named', async () => {
    const on = await start();
    await send(on, ...Array.from({ length: 5 }, (_, n) => unusable(`P${n}`)));
    const first = await listOf(on, '?limit=3&state=open');
    const second = await listOf(on, `?limit=3&state=open&cursor=${first.nextCursor}`);
    expect(new Set([...first.items, ...second.items].map(({ controlId }) => controlId)).size).toBe(5);
    expect(second.nextCursor).toBeNull();
    for (const [query, path] of [
      ['?state=lost', 'query.state'],
      ['?limit=0', 'query.limit'],
      ['?cursor=zz', 'query.cursor'],
    ])
      expect((await on.api('GET', `/api/v1/quarantine${query}`)).body).toMatchObject({
        status: 400,
        problems: [{ path }],
      });
    expect((await on.api('GET', `/api/v1/quarantine/${'0'.repeat(26)}`)).status).toBe(404);
    expect((await replay(on, 'nothing')).status).toBe(404);
  });

  test('sees an alert raised for the sender, and cleared with the last entry', async () => {
    const on = await start();
    await send(on, unusable('A1'));
    const told = () => on.events('governance').map(({ type, data }) => [type, (data as { kind?: string }).kind]);
    await waitUntil(() => told().length === 1);
    const { id } = await onlyItem(on);
    await on.api('POST', `/api/v1/quarantine/${id}/dismiss`, { reason: 'seen' });
    await waitUntil(() => told().length === 2);
    expect(told()).toEqual([
      ['operation.raised', 'quarantine'],
      ['operation.cleared', undefined],
    ]);
  });
});

test('undoing a merge is a fact with who and why, and neither is in the log with a patient', async () => {
  const on = await start();
  const body = {
    survivor: { id: '777001', authority: 'EXHOSP' },
    prior: { id: '777002', authority: 'EXHOSP' },
    reason: 'two people, one letter apart',
  };
  expect((await on.api('POST', '/api/v1/patients/unmerge', body)).status).toBe(202);
  expect(on.spool.accepted).toMatchObject([
    {
      type: 'patient.unmerged',
      site: 'EX',
      key: keys.patient('EXHOSP', '777001'),
      data: { ...body, by: 'dr.jansen' },
    },
  ]);
  expect(on.logged.some((line) => line.includes('undone') && line.includes('dr.jansen'))).toBe(true);
  expect(on.logged.join('\n')).not.toMatch(/77700|letter/);
  const same = { ...body, prior: body.survivor };
  expect((await on.api('POST', '/api/v1/patients/unmerge', same)).body).toMatchObject({
    status: 400,
    problems: [{ path: 'body.prior' }],
  });
});
