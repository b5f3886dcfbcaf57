import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { rowSearchTokens } from '@voorrang/worklist-store';
import { cuttable } from './support/cuttable.ts';
import { keys, put, startWorklist, studyOf, type WorklistUnderTest } from './support/worklist-under-test.ts';

const link = { away: false };
let worklist: WorklistUnderTest;
beforeAll(async () => {
  worklist = await startWorklist({}, (store) => cuttable(store, link));
});
afterAll(() => worklist.close());
beforeEach(() => {
  link.away = false;
});

describe('GET /api/v1/worklist', () => {
  test('tells a list that is being built for the first time as rebuilding', async () => {
    expect(await worklist.get('/api/v1/worklist')).toMatchObject({
      status: 200,
      body: { state: 'rebuilding', items: [] },
    });
  });

  test('is 503 when the store is away and nothing is known', async () => {
    link.away = true;
    const { status, body } = await worklist.get('/api/v1/worklist?list=expected');
    expect([status, body.code]).toEqual([503, 'VRG_STORE_UNAVAILABLE']);
  });

  test('gives rows in reading order, page by page', async () => {
    await worklist.fill([
      studyOf('1.1', { band: 3, base: { band: 3, dueAt: 5 }, dueAt: 5 }),
      studyOf('1.2', { band: 1, dueAt: 9, base: { band: 3, dueAt: 9 } }),
      studyOf('1.3', { band: 2, dueAt: 1 }),
    ]);
    const first = await worklist.get('/api/v1/worklist?site=EX&limit=2');
    expect(first.body).toMatchObject({
      state: 'current',
      stale: false,
      total: 3,
      items: [
        { studyInstanceUid: '1.2', rank: 1, rankWithoutAi: 3 },
        { studyInstanceUid: '1.3', rank: 2, rankWithoutAi: 1 },
      ],
    });
    const next = await worklist.get(`/api/v1/worklist?limit=2&cursor=${String(first.body.nextCursor)}`);
    expect(next.body).toMatchObject({ items: [{ studyInstanceUid: '1.1', rank: 3 }], nextCursor: null });
    expect((await worklist.get('/api/v1/worklist?list=done')).body).toMatchObject({ total: 0, items: [] });
  });

  test('shows the last known rows, marked, while the store is away or has lost everything', async () => {
    await worklist.fill([studyOf('1.1'), studyOf('1.2', { band: 3 })]);
    await worklist.get('/api/v1/worklist');
    await worklist.apply(put(studyOf('1.9', { band: 0 })));
    link.away = true;
    expect((await worklist.get('/api/v1/worklist?limit=1')).body).toMatchObject({
      stale: true,
      total: 2,
      items: [{ studyInstanceUid: '1.1' }],
    });
    link.away = false;
    worklist.store.forget();
    expect((await worklist.get('/api/v1/worklist')).body).toMatchObject({
      stale: true,
      state: 'rebuilding',
      items: [{ studyInstanceUid: '1.1' }, { studyInstanceUid: '1.2' }],
    });
  });

  test('hides a claim whose lease has run out', async () => {
    const document = studyOf('1.1');
    const claim = { by: 'dr.jansen', until: worklist.clock.now() + 60_000 };
    await worklist.fill([{ ...document, row: { ...document.row, claim } }]);
    const claimNow = async () => (await worklist.get('/api/v1/worklist')).body.items;
    expect(await claimNow()).toMatchObject([{ claim }]);
    worklist.clock.ahead += 60_001;
    expect(await claimNow()).toMatchObject([{ claim: null }]);
  });

  test.each(['limit=0', 'limit=501', 'list=other', 'site=e%20x', 'unknown=1', 'cursor=nonsense'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await worklist.get(`/api/v1/worklist?${query}`);
      expect([status, body.code]).toEqual([400, 'VRG_HTTP_MALFORMED']);
    },
  );
});

describe('POST /api/v1/worklist/search', () => {
  const person = {
    name: 'Müller^Jan',
    patientId: 'P-1',
    accessionNumbers: ['A1'],
    birthDate: '1950-02-01',
  };
  beforeAll(async () => {
    const of = (uid: string, some: typeof person) => {
      const document = studyOf(uid, { searchTokens: rowSearchTokens(keys, 'EX', some) });
      return { ...document, row: { ...document.row, patient: { ...document.row.patient, name: some.name } } };
    };
    await worklist.fill([
      of('1.1', person),
      of('1.2', { ...person, name: 'Mulder^Jan', patientId: 'P-2', accessionNumbers: [] }),
    ]);
  });
  const uids = async (query: unknown): Promise<unknown> => {
    const { body } = await worklist.post('/api/v1/worklist/search', query);
    return (body.items as { studyInstanceUid: string }[]).map((row) => row.studyInstanceUid).toSorted();
  };

  test('finds by name, id, accession number and birth date', async () => {
    expect(await uids({ name: 'jan' })).toEqual(['1.1', '1.2']);
    expect(await uids({ name: 'jan mull' })).toEqual(['1.1']);
    expect(await uids({ patientId: 'p-2' })).toEqual(['1.2']);
    expect(await uids({ accessionNumber: 'A1' })).toEqual(['1.1']);
    expect(await uids({ birthDate: '01-02-1950', name: 'mulder' })).toEqual(['1.2']);
    expect(await uids({ name: 'jan', site: 'OTHER' })).toEqual([]);
  });

  test('filters on the whole of what was typed', async () => expect(await uids({ name: 'mulled' })).toEqual([]));

  test('refuses a question without anything to look for', async () => {
    expect((await worklist.post('/api/v1/worklist/search', {})).status).toBe(400);
    expect((await worklist.post('/api/v1/worklist/search', { name: 7 })).status).toBe(400);
  });
});

describe('GET /api/v1/studies/{study}', () => {
  test('gives a study by its opaque id, or by its UID with the site, with detail and timeline', async () => {
    const document = studyOf('1.2.3');
    await worklist.fill([document, studyOf('1.2.3', { site: 'OTHER' })]);
    for (const path of [document.row.studyId, '1.2.3', '1.2.3?site=EX']) {
      const { status, body } = await worklist.get(`/api/v1/studies/${path}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ row: { site: 'EX', studyInstanceUid: '1.2.3', rank: 1 }, ...document.detail });
    }
    expect((await worklist.get('/api/v1/studies/1.2.3?site=OTHER')).body).toMatchObject({ row: { site: 'OTHER' } });
    expect((await worklist.get(`/api/v1/studies/1.2.3/timeline`)).body).toEqual({ items: document.timeline });
  });

  test.each(['9.9.9', 'A'.repeat(26), 'jan', '1.2.3?site=NONE'])('is 404 for %s', async (path) => {
    const { status, body } = await worklist.get(`/api/v1/studies/${path}`);
    expect([status, body.code]).toEqual([404, 'VRG_STUDY_UNKNOWN']);
  });
});
