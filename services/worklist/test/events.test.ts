import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@voorrang/testing';
import { cuttable } from './support/cuttable.ts';
import { type EventClient, openEvents } from './support/event-source.ts';
import { put, startWorklist, studyOf, type WorklistUnderTest } from './support/worklist-under-test.ts';

let worklist: WorklistUnderTest;
const clients: EventClient[] = [];
beforeEach(async () => {
  worklist = await startWorklist({ maxClients: 3 });
  await worklist.fill([studyOf('1.1'), studyOf('1.2', { band: 3 })]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await worklist.close();
});

async function open(query = '', headers: Record<string, string> = {}): Promise<EventClient> {
  const client = await openEvents(worklist.base, `/api/v1/worklist/events?site=EX&list=reading${query}`, {
    ...worklist.headers(),
    ...headers,
  });
  clients.push(client);
  return client;
}
const place = async (): Promise<string> => {
  const { epoch, revision } = await worklist.store.status();
  return `${epoch}.${revision}`;
};
const short = ({ event, data }: EventClient['events'][number]): string =>
  event === 'row' ? `row ${String(data.studyInstanceUid)}` : event;

describe('GET /api/v1/worklist/events', () => {
  test('tells where it stands, then each row that changes with its ranks, and what has left', async () => {
    const client = await open();
    const greeting = await client.until((event) => event.event === 'revision');
    expect(greeting).toMatchObject({ id: await place(), data: { state: 'current', stale: false } });
    const revision = await worklist.apply(put(studyOf('1.2', { band: 0 })));
    const row = await client.until((event) => event.event === 'row');
    expect(row).toMatchObject({
      id: `first.${revision}`,
      data: { studyInstanceUid: '1.2', rank: 1, rankWithoutAi: 1, revision, sortKey: {} },
    });
    await worklist.apply(put(studyOf('1.1', { list: 'done' })));
    const gone = await client.until((event) => event.event === 'gone');
    expect(gone.data).toMatchObject({ studyId: studyOf('1.1').row.studyId });
    await client.until((event) => event.event === 'revision' && event.id === gone.id);
  });

  test('goes on from the id that the client had, by header or by query', async () => {
    const since = await place();
    await worklist.apply(put(studyOf('1.3')), put(studyOf('1.4')));
    await worklist.apply(put(studyOf('1.3', { band: 1 })));
    for (const client of [await open('', { 'last-event-id': since }), await open(`&lastEventId=${since}`)]) {
      await client.until((event) => event.event === 'revision');
      expect(client.events.map(short)).toEqual(['row 1.4', 'row 1.3', 'revision']);
      expect(client.events.at(-1)?.id).toBe(await place());
    }
  });

  test.each(['other.3', 'first.999999', 'nonsense', '.'])('answers the id %s with reset', async (id) => {
    const client = await open(`&lastEventId=${id}`);
    const reset = await client.until((event) => event.event === 'reset');
    expect(reset.id).toBe(await place());
    await worklist.apply(put(studyOf('1.1', { band: 1 })));
    await client.until((event) => event.event === 'row');
  });

  test('tells a rebuild while it runs, and resets when it is done', async () => {
    const client = await open();
    await client.until((event) => event.event === 'revision');
    worklist.store.forget();
    await client.until((event) => event.data.state === 'rebuilding', 'the rebuild');
    await worklist.fill([studyOf('1.7')], 'second');
    const reset = await client.until((event) => event.event === 'reset');
    expect(reset.data).toMatchObject({ epoch: 'second' });
    await client.until((event) => event.event === 'revision' && event.data.state === 'current');
    expect(client.events.filter((event) => event.event === 'gone')).toEqual([]);
  });

  test('says when what is on the screen may be old, and when it no longer is', async () => {
    await worklist.close();
    const link = { away: false };
    worklist = await startWorklist({}, (store) => cuttable(store, link));
    await worklist.fill([studyOf('1.1')]);
    const client = await open();
    await client.until((event) => event.data.stale === false);
    link.away = true;
    await client.until((event) => event.data.stale === true, 'the mark');
    await worklist.apply(put(studyOf('1.1', { band: 1 })));
    link.away = false;
    await client.until((event) => event.event === 'row', 'the change that was missed');
    expect(client.events.at(-1)?.data).toMatchObject({ stale: false });
  });

  test('gives a slow client the newest state of each study, not a backlog', async () => {
    const slow = await open();
    await slow.until((event) => event.event === 'revision');
    slow.pause();
    const filler = 'x'.repeat(1_000);
    const rounds = 400;
    for (let round = 1; round <= rounds; round += 1) {
      const description = `${round} ${filler}`;
      await worklist.apply(...Array.from({ length: 20 }, (_, i) => put(studyOf(`2.${i}`, { description }))));
      // Lets the service read each round, as it does when changes are spread over time.
      await new Promise((resolve) => setImmediate(resolve));
    }
    slow.resume();
    const last = `row 2.19`;
    await waitUntil(
      () =>
        slow.events.some((event) => short(event) === last && String(event.data.description).startsWith(`${rounds} `)),
      { what: 'the newest state' },
    );
    const rows = slow.events.filter((event) => event.event === 'row');
    expect(rows.length).toBeLessThan(rounds * 20 * 0.9);
    const newest = new Map(rows.map((event) => [event.data.studyInstanceUid, String(event.data.description)]));
    expect([...newest.values()].every((text) => text.startsWith(`${rounds} `))).toBe(true);
    const revisions = rows.map((event) => Number(event.data.revision));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  });

  test('keeps a quiet stream alive with comments', async () => {
    await worklist.close();
    worklist = await startWorklist({ heartbeatMs: 20 });
    const client = await open();
    await waitUntil(() => client.comments.length >= 2, { what: 'two heartbeats' });
  });

  test('gives up a client that has taken nothing for several heartbeats', async () => {
    await worklist.close();
    worklist = await startWorklist({ heartbeatMs: 20, maxClients: 1 });
    await worklist.fill([]);
    const dead = await open();
    dead.pause();
    const description = 'x'.repeat(100_000);
    const room = async (): Promise<boolean> => {
      await worklist.apply(...Array.from({ length: 50 }, (_, i) => put(studyOf(`2.${i}`, { description }))));
      return (await open()).status === 200;
    };
    await waitUntil(room, { what: 'room for another client' });
  });

  test('has a limit of clients, and room again when one leaves', async () => {
    const three = [await open(), await open(), await open()];
    expect((await open()).status).toBe(503);
    three[0]?.close();
    await waitUntil(async () => (await open()).status === 200, { what: 'room for a client' });
  });

  test('asks for sign-in', async () => {
    const client = await openEvents(worklist.base, '/api/v1/worklist/events', {});
    clients.push(client);
    expect(client.status).toBe(401);
  });
});
