import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { minutes } from '@voorrang/kernel';
import { waitUntil } from '@voorrang/testing';
import { put, startWorklist, studyOf, type WorklistUnderTest } from './support/worklist-under-test.ts';

const uid = '1.2.3';
let worklist: WorklistUnderTest;
beforeEach(async () => {
  worklist = await startWorklist({ leaseMs: minutes(10), sites: ['EX', 'EY', 'EZ'] });
  await worklist.fill([studyOf(uid, { urgencyClass: 'urgent' })]);
});
afterEach(() => worklist.close());

const act = (name: string, body: unknown = {}, user = 'dr.jansen') =>
  worklist.post(`/api/v1/studies/${uid}/${name}`, body, user);

/** Waits for as many events, and gives what happened in short. */
async function events(count: number): Promise<readonly string[]> {
  await waitUntil(() => worklist.bus.events().length >= count, { what: `${count} events` });
  return worklist.bus.events().map(({ type, data }) => `${type} ${(data as { by: string }).by}`);
}

describe('a claim', () => {
  test('is granted to one of many who ask at once; the others are told the holder', async () => {
    const people = Array.from({ length: 12 }, (_, index) => `dr.${index}`);
    const answers = await Promise.all(people.map((person) => act('claim', {}, person)));
    const granted = answers.filter((answer) => answer.status === 200);
    expect(granted).toHaveLength(1);
    const claim = granted[0]?.body.claim as { by: string; until: number; fence: number };
    expect(claim.fence).toBe(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200))
      expect([status, body.code, body.holder]).toEqual([
        409,
        'VRG_STUDY_CLAIMED',
        { by: claim.by, until: claim.until },
      ]);
    expect(await events(1)).toEqual([`study.claimed ${claim.by}`]);
    expect(worklist.bus.events()[0]).toMatchObject({
      site: 'EX',
      key: studyOf(uid).row.studyId,
      source: '/worklist',
      data: { studyInstanceUid: uid, by: claim.by, until: claim.until, fence: 1 },
    });
  });

  test('asked for again by its holder is the same claim, and is renewed when half of it is over', async () => {
    const first = await act('claim');
    expect((await act('claim')).body).toEqual(first.body);
    worklist.clock.ahead += minutes(6);
    const renewed = (await act('claim')).body.claim as { until: number; fence: number };
    expect(renewed.fence).toBe(1);
    expect(renewed.until).toBeGreaterThan((first.body.claim as { until: number }).until);
    expect(await events(2)).toEqual(['study.claimed dr.jansen', 'study.claimed dr.jansen']);
  });

  test('is taken over under a new fence, and the one who had it cannot release it any more', async () => {
    await act('claim');
    const { body } = await act('claim', { takeOver: true }, 'dr.smit');
    expect(body.claim).toMatchObject({ by: 'dr.smit', fence: 2 });
    expect((await act('release', { fence: 1 })).status).toBe(409);
    expect((await act('release', { fence: 2 }, 'dr.smit')).status).toBe(200);
    expect((await act('release', {}, 'dr.smit')).status).toBe(200);
    expect(await events(3)).toEqual(['study.claimed dr.jansen', 'study.claimed dr.smit', 'study.released dr.smit']);
    expect((await act('claim')).body.claim).toMatchObject({ by: 'dr.jansen', fence: 3 });
  });

  test('ends by itself when its lease runs out, and every list hears of it', async () => {
    await act('claim');
    worklist.clock.ahead += minutes(10) + 1;
    expect(await events(2)).toEqual(['study.claimed dr.jansen', 'study.released dr.jansen']);
    expect((await act('claim', {}, 'dr.smit')).body.claim).toMatchObject({ by: 'dr.smit', fence: 2 });
  });

  test('of a reading that is over holds nothing when a late series brings the study back', async () => {
    await act('claim');
    await worklist.apply(put(studyOf(uid, { arrivedAt: Date.UTC(2026, 6, 1) })));
    expect((await act('claim', {}, 'dr.smit')).body.claim).toMatchObject({ by: 'dr.smit', fence: 2 });
    expect((await act('claim')).status).toBe(409);
    await worklist.apply(put(studyOf(uid, { arrivedAt: Date.UTC(2026, 7, 1) })));
    expect((await act('claim', {}, 'dr.smit')).body.claim).toMatchObject({ by: 'dr.smit', fence: 3 });
    await worklist.apply(put(studyOf(uid, { arrivedAt: Date.UTC(2026, 8, 1) })));
    expect((await act('read')).status).toBe(200);
    const claims = ['study.claimed dr.jansen', 'study.claimed dr.smit', 'study.claimed dr.smit'];
    expect(await events(4)).toEqual([...claims, 'study.read dr.jansen']);
  });

  test('stands while the row still shows it, or is of an older reading than the claim', async () => {
    const arrivedAt = Date.UTC(2026, 6, 1);
    await worklist.apply(put(studyOf(uid, { arrivedAt })));
    const { body } = await act('claim');
    await worklist.apply(put(studyOf(uid, { arrivedAt: arrivedAt - 1 })));
    expect((await act('claim', {}, 'dr.smit')).status).toBe(409);
    const later = studyOf(uid, { arrivedAt: arrivedAt + 1 });
    const claim = body.claim as { by: string; until: number };
    await worklist.apply(put({ ...later, row: { ...later.row, claim: { by: claim.by, until: claim.until } } }));
    expect((await act('claim', {}, 'dr.smit')).status).toBe(409);
    expect((await act('claim')).body).toEqual(body);
  });

  test('is refused for an order without images and for an unknown study', async () => {
    const document = studyOf('1.9');
    await worklist.apply(put({ ...document, row: { ...document.row, studyInstanceUid: null } }));
    const { status, body } = await worklist.post('/api/v1/studies/1.9/claim');
    expect([status, body.code]).toEqual([409, 'VRG_STUDY_STATE']);
    expect((await worklist.post('/api/v1/studies/9.9/claim')).status).toBe(404);
    expect((await act('claim', { takeOver: 'yes' })).status).toBe(400);
  });
});

describe('reading a study', () => {
  test('is told once, and gives the claim back', async () => {
    await act('claim');
    expect((await act('read')).status).toBe(200);
    expect((await act('read')).status).toBe(200);
    expect(await events(3)).toEqual(['study.claimed dr.jansen', 'study.read dr.jansen', 'study.released dr.jansen']);
    await worklist.apply(put(studyOf(uid, { list: 'done' })));
    expect((await act('read', {}, 'dr.smit')).status).toBe(200);
    expect(worklist.bus.events()).toHaveLength(3);
  });

  test('is possible anew when a late series has brought the study back', async () => {
    await act('read');
    await worklist.apply(put(studyOf(uid, { arrivedAt: Date.UTC(2026, 6, 1) })));
    await act('read');
    expect(await events(2)).toEqual(['study.read dr.jansen', 'study.read dr.jansen']);
  });

  test('is refused while another has the study open, unless taken over', async () => {
    await act('claim', {}, 'dr.smit');
    const { status, body } = await act('read');
    expect([status, body.holder]).toMatchObject([409, { by: 'dr.smit' }]);
    expect((await act('read', { takeOver: true })).status).toBe(200);
  });
});

describe('a Study Instance UID without a site', () => {
  const names = ['claim', 'release', 'read', 'raise', 'hold'];
  const bodies: Readonly<Record<string, unknown>> = {
    raise: { reason: 'drowsy', class: 'acute' },
    hold: { reason: 'waits', until: 1 },
  };

  test.each(names)('that two sites know is refused for %s; with the site or the opaque id it is done', async (name) => {
    const twin = studyOf(uid, { site: 'EY', urgencyClass: 'urgent' });
    await worklist.apply(put(twin));
    const { status, body } = await act(name, bodies[name]);
    expect([status, body.code]).toEqual([409, 'VRG_STUDY_STATE']);
    expect(body.detail).toContain('?site=');
    expect(worklist.bus.events()).toEqual([]);
    const path = `/api/v1/studies/${uid}/${name}?site=EY`;
    expect((await worklist.post(path, bodies[name] ?? {})).body).toMatchObject({ studyId: twin.row.studyId });
    const own = studyOf(uid).row.studyId;
    expect((await worklist.post(`/api/v1/studies/${own}/${name}`, bodies[name] ?? {})).status).toBe(200);
  });

  test('is that of the one site that knows it', async () => {
    const elsewhere = studyOf('1.7', { site: 'EZ' });
    await worklist.apply(put(elsewhere));
    expect((await worklist.post('/api/v1/studies/1.7/read')).body).toEqual({ studyId: elsewhere.row.studyId });
    expect((await worklist.get('/api/v1/studies/1.7')).body).toMatchObject({ row: { site: 'EZ' } });
  });
});

describe('a raise', () => {
  const raise = (urgency: string | null, user?: string) => act('raise', { reason: 'drowsy', class: urgency }, user);

  test('goes upwards only', async () => {
    for (const lower of ['urgent', 'routine']) {
      const { status, body } = await raise(lower);
      expect([status, body.code]).toEqual([409, 'VRG_STUDY_STATE']);
    }
    expect((await raise('acute')).status).toBe(200);
    expect((await raise('acute')).status).toBe(200);
    expect(await events(1)).toEqual(['study.raised dr.jansen']);
    expect(worklist.bus.events()[0]?.data).toEqual({
      studyInstanceUid: uid,
      by: 'dr.jansen',
      reason: 'drowsy',
      class: 'acute',
    });
  });

  test('of what AI has raised is measured by the place without AI, so it still stands when the run is withdrawn', async () => {
    const dueAt = Date.UTC(2026, 5, 1, 12);
    await worklist.apply(put(studyOf(uid, { urgencyClass: 'acute', band: 1, base: { band: 3, dueAt } })));
    expect((await raise('routine')).status).toBe(409);
    expect((await raise('acute')).status).toBe(200);
    expect(await events(1)).toEqual(['study.raised dr.jansen']);
  });

  test('cannot go above a study that is acute by its order', async () => {
    const dueAt = Date.UTC(2026, 5, 1, 12);
    await worklist.apply(
      put(studyOf(uid, { urgencyClass: 'acute', band: 0, dueAt: dueAt - 1, base: { band: 0, dueAt } })),
    );
    expect((await raise('acute')).status).toBe(409);
    await worklist.apply(put(studyOf(uid, { urgencyClass: 'acute', band: 0 })));
    expect((await raise('acute')).status).toBe(409);
  });

  test('is undone by the one who made it only', async () => {
    await raise('emergency');
    expect((await raise(null, 'dr.smit')).status).toBe(409);
    expect((await act('raise', { reason: 'mistaken' })).status).toBe(200);
    expect((await raise(null)).status).toBe(200);
    expect(await events(2)).toEqual(['study.raised dr.jansen', 'study.raised dr.jansen']);
    expect(worklist.bus.events()[1]?.data).toMatchObject({ class: null });
  });

  test('of a reading that is over is spent: it is no longer there to undo, and can be made again', async () => {
    await raise('acute');
    await worklist.apply(put(studyOf(uid, { arrivedAt: Date.UTC(2026, 6, 1), urgencyClass: 'urgent' })));
    expect((await raise(null)).status).toBe(409);
    expect((await raise('acute')).status).toBe(200);
    expect((await raise('acute')).status).toBe(200);
    expect(await events(2)).toEqual(['study.raised dr.jansen', 'study.raised dr.jansen']);
  });

  test('needs a reason and a class that exists', async () => {
    for (const body of [{ class: 'acute' }, { reason: '', class: 'acute' }, { reason: 'x', class: 'now' }])
      expect((await act('raise', body)).status).toBe(400);
  });
});

describe('a hold', () => {
  test('is told once per change and ended by null', async () => {
    const until = worklist.clock.now() + minutes(30);
    await act('hold', { reason: 'waits for the old images', until });
    await act('hold', { reason: 'waits for the old images', until: new Date(until).toISOString() });
    await act('hold', { reason: 'they are here', until: null });
    expect(await events(2)).toEqual(['study.held dr.jansen', 'study.held dr.jansen']);
    expect(worklist.bus.events().map(({ data }) => (data as { until: number | null }).until)).toEqual([until, null]);
    expect((await act('hold', { reason: 'x', until: 'tomorrow' })).status).toBe(400);
  });

  test('that another has ended since, or an earlier reading, is put anew when it is asked for again', async () => {
    const waits = { reason: 'waits for the old images', until: worklist.clock.now() + minutes(30) };
    await act('hold', waits);
    await act('hold', { reason: 'they are here', until: null }, 'dr.smit');
    await act('hold', waits);
    await act('hold', waits);
    expect(await events(3)).toEqual(['study.held dr.jansen', 'study.held dr.smit', 'study.held dr.jansen']);
    await worklist.apply(put(studyOf(uid, { arrivedAt: Date.UTC(2026, 6, 1) })));
    await act('hold', waits);
    expect((await events(4)).at(-1)).toBe('study.held dr.jansen');
  });
});
