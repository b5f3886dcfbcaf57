import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type ApplyOutcome,
  feedLength,
  type ListRef,
  type RankedRow,
  type StudyChange,
  type StudyDocument,
  type WorklistStore,
} from '../port.ts';
import { bandWidth, sortKeyOf } from '../sort-key.ts';
import { documentOf } from './documents.ts';
import { NaiveModel } from './naive-model.ts';

export type WorklistStoreUnderTest = {
  readonly store: WorklistStore;
  /** What a restart without data does. */
  readonly lose: () => Promise<void>;
  readonly end: () => Promise<void>;
};

const reading: ListRef = { site: 'EX', list: 'reading' };
const done: ListRef = { site: 'EX', list: 'done' };
const put = (document: StudyDocument): StudyChange => ({ kind: 'put', document });
const remove = (studyId: string): StudyChange => ({ kind: 'remove', site: 'EX', studyId: studyId.padEnd(26, '0') });
const idsOf = (rows: readonly RankedRow[]): string[] => rows.map((row) => row.studyId.replace(/0+$/, ''));
const revisionOf = (outcome: ApplyOutcome): number => (outcome.kind === 'applied' ? outcome.revision : Number.NaN);

/** The laws of the worklist store; every adapter runs them. */
export function worklistStoreContract(name: string, make: () => Promise<WorklistStoreUnderTest>): void {
  describe(`the worklist store ${name}`, () => {
    let under: WorklistStoreUnderTest;
    let store: WorklistStore;
    let fence: number;
    let offset: number;
    beforeEach(async () => {
      under = await make();
      store = under.store;
      fence = (await store.acquire()).fence;
      offset = 0;
    });
    afterEach(() => under.end());

    const fill = async (documents: readonly StudyDocument[], epoch = 'first', positions = {}): Promise<void> => {
      expect((await store.beginRebuild(fence)).kind).toBe('applied');
      expect((await store.rebuild(fence, documents)).kind).toBe('applied');
      expect((await store.finishRebuild(fence, positions, epoch)).kind).toBe('applied');
    };
    const apply = (changes: readonly StudyChange[], given: { fence?: number; epoch?: string } = {}) =>
      store.apply({ fence, epoch: 'first', positions: { 'imaging/0': ++offset }, changes, ...given });
    const all = async (list = reading, limit = 500): Promise<readonly RankedRow[]> => {
      const items: RankedRow[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await store.page(list, limit, cursor);
        items.push(...page.items);
        if (page.nextCursor === null) return items;
        cursor = page.nextCursor;
      }
    };

    describe('order and ranks', () => {
      test('agree with a naive model under random changes', async () => {
        const document = fc
          .record({
            studyId: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'a', 'b', 'G', 'H'),
            list: fc.constantFrom('reading' as const, 'done' as const),
            band: fc.integer({ min: 0, max: 3 }),
            dueAt: fc.constantFrom(1, 2, 3),
            arrivedAt: fc.constantFrom(10, 11),
            base: fc.record({ band: fc.integer({ min: 0, max: 3 }), dueAt: fc.constantFrom(1, 2, 3) }),
            searchTokens: fc.subarray(['T1', 'T2', 'T3']),
          })
          .map(documentOf);
        const change = fc.oneof(
          { weight: 4, arbitrary: document.map(put) },
          { weight: 1, arbitrary: fc.constantFrom('A', 'B', 'C', 'D').map(remove) },
        );
        let run = 0;
        await fc.assert(
          fc.asyncProperty(
            fc.array(document, { maxLength: 6 }),
            fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 }),
            fc.integer({ min: 1, max: 4 }),
            async (initial, steps, pageSize) => {
              const epoch = `run${++run}`;
              const model = new NaiveModel();
              model.apply(initial.map(put));
              await fill(initial, epoch);
              for (const changes of steps) {
                model.apply(changes);
                expect((await apply(changes, { epoch })).kind).toBe('applied');
              }
              for (const list of [reading, done]) {
                const rows = await all(list, pageSize);
                expect(rows.map(({ studyId, rank, rankWithoutAi }) => ({ studyId, rank, rankWithoutAi }))).toEqual(
                  model.list(list),
                );
                for (const row of rows) expect((await store.study(row.studyId))?.ranked).toEqual(row);
              }
              const found = await store.search('EX', ['T1', 'T2'], 500);
              expect(found.map((row) => row.studyId)).toEqual(model.withTokens('EX', ['T1', 'T2']));
            },
          ),
          { numRuns: 40 },
        );
      });

      test('hold at the limits of a score: equal due, mixed case, the largest band in the year 2100', async () => {
        const dueAt = Date.UTC(2100, 11, 31, 23, 59, 59, 999);
        const at = { dueAt, arrivedAt: dueAt };
        await fill([
          documentOf({ studyId: 'b', band: 3, ...at }),
          documentOf({ studyId: 'B', band: 3, ...at }),
          documentOf({ studyId: 'a', band: 3, ...at }),
          documentOf({ studyId: 'A', band: 3, ...at }),
          documentOf({ studyId: 'Z', band: 3, ...at, dueAt: dueAt - 1 }),
          documentOf({ studyId: 'Y', band: 3, ...at, arrivedAt: dueAt - 1 }),
          documentOf({ studyId: 'X', band: 2, ...at }),
        ]);
        for (const limit of [1, 2, 500])
          expect(idsOf(await all(reading, limit))).toEqual(['X', 'Z', 'Y', 'A', 'B', 'a', 'b']);
        expect((await all())[0]?.sortKey.score).toBe(2 * bandWidth + dueAt);
      });

      test('keep neighbours apart at 53 bits', async () => {
        const keyed = (studyId: string, score: number): StudyDocument => {
          const { member } = sortKeyOf({ band: 0, dueAt: 0, arrivedAt: 0, studyId: studyId.padEnd(26, '0') });
          return documentOf({ studyId, key: { score, member }, baseKey: { score: 2 ** 53 - 1 - score, member } });
        };
        await fill([keyed('C', 2 ** 53 - 1), keyed('B', 2 ** 53 - 2), keyed('A', 2 ** 53 - 3)]);
        const rows = await all(reading, 1);
        expect(idsOf(rows)).toEqual(['A', 'B', 'C']);
        expect(rows.map((row) => row.rankWithoutAi)).toEqual([3, 2, 1]);
      });

      test('are told per site and list', async () => {
        await fill([
          documentOf({ studyId: 'A' }),
          documentOf({ studyId: 'B', list: 'done' }),
          documentOf({ studyId: 'C', site: 'OTHER' }),
        ]);
        for (const [list, id] of [
          [reading, 'A'],
          [done, 'B'],
          [{ site: 'OTHER', list: 'reading' } as const, 'C'],
        ] as const) {
          const page = await store.page(list, 10);
          expect(idsOf(page.items)).toEqual([id]);
          expect(page.items[0]).toMatchObject({ rank: 1, rankWithoutAi: 1 });
          expect(page.total).toBe(1);
        }
      });
    });

    describe('one apply', () => {
      test('shows rows, detail, timeline, positions and revision together', async () => {
        await fill([]);
        const document = documentOf({ studyId: 'A', description: 'CT hersenen, é', searchTokens: ['T1'] });
        const outcome = await apply([put(document), put(documentOf({ studyId: 'B', band: 0 }))]);
        const page = await store.page(reading, 10);
        expect(page).toMatchObject({ revision: revisionOf(outcome), epoch: 'first', state: 'current', total: 2 });
        expect(idsOf(page.items)).toEqual(['B', 'A']);
        expect((await store.study(document.row.studyId))?.document).toEqual(document);
        expect(await store.status()).toMatchObject({
          state: 'current',
          epoch: 'first',
          revision: revisionOf(outcome),
          positions: { 'imaging/0': 1 },
        });
      });

      test('refuses a document that the adapters would order differently and changes nothing', async () => {
        await fill([]);
        const bad = documentOf({ studyId: 'A', key: { score: 1.5, member: 'x:A' } });
        await expect(apply([put(documentOf({ studyId: 'B' })), put(bad)])).rejects.toMatchObject({
          code: 'VRG_INTERNAL',
        });
        expect(await all()).toEqual([]);
        expect((await store.status()).positions).toEqual({});
      });

      test('is a duplicate when every position named is passed, and then changes nothing', async () => {
        await fill([], 'first', { 'imaging/0': 5, 'orders/1': 2 });
        const at = (positions: Record<string, number>, studyId: string) =>
          store.apply({ fence, epoch: 'first', positions, changes: [put(documentOf({ studyId }))] });
        expect(await at({ 'imaging/0': 5 }, 'A')).toEqual({ kind: 'duplicate' });
        expect(await at({ 'imaging/0': 4, 'orders/1': 2 }, 'A')).toEqual({ kind: 'duplicate' });
        expect((await at({ 'imaging/0': 4, 'orders/1': 3 }, 'B')).kind).toBe('applied');
        expect((await at({ 'results/7': 0 }, 'C')).kind).toBe('applied');
        expect(await at({ 'results/7': 0 }, 'D')).toEqual({ kind: 'duplicate' });
        expect((await store.status()).positions).toEqual({ 'imaging/0': 5, 'orders/1': 3, 'results/7': 0 });
        expect(idsOf(await all())).toEqual(['B', 'C']);
      });

      test('without positions is never a duplicate', async () => {
        await fill([]);
        const timed = (studyId: string) =>
          store.apply({ fence, epoch: 'first', positions: {}, changes: [put(documentOf({ studyId }))] });
        expect((await timed('A')).kind).toBe('applied');
        expect((await timed('A')).kind).toBe('applied');
      });

      test('of an earlier writer is fenced, whatever it does', async () => {
        await fill([]);
        const next = await store.acquire();
        expect(next).toMatchObject({ epoch: 'first', positions: {} });
        expect(next.fence).toBeGreaterThan(fence);
        expect(await apply([put(documentOf({ studyId: 'A' }))])).toEqual({ kind: 'fenced' });
        expect(await store.beginRebuild(fence)).toEqual({ kind: 'fenced' });
        expect(await store.rebuild(fence, [])).toEqual({ kind: 'fenced' });
        expect(await store.finishRebuild(fence, {}, 'second')).toEqual({ kind: 'fenced' });
        expect(await store.page(reading, 10)).toMatchObject({ state: 'current', total: 0 });
        expect((await apply([put(documentOf({ studyId: 'A' }))], { fence: next.fence })).kind).toBe('applied');
      });

      test('is lost when the store holds nothing, or another epoch', async () => {
        expect(await apply([put(documentOf({ studyId: 'A' }))])).toEqual({ kind: 'lost' });
        await fill([documentOf({ studyId: 'A' })]);
        expect(await apply([], { epoch: 'other' })).toEqual({ kind: 'lost' });
        await under.lose();
        expect(await apply([put(documentOf({ studyId: 'B' }))])).toEqual({ kind: 'lost' });
        expect(await store.page(reading, 10)).toMatchObject({ state: 'rebuilding', items: [] });
        const again = await store.acquire();
        expect(again).toMatchObject({ epoch: null, positions: {} });
        fence = again.fence;
        await fill([documentOf({ studyId: 'A' })], 'second');
        expect(await store.page(reading, 10)).toMatchObject({ state: 'current', epoch: 'second', total: 1 });
      });

      test('moves a study between lists and removes it', async () => {
        await fill([documentOf({ studyId: 'A', searchTokens: ['T1'] })]);
        await apply([put(documentOf({ studyId: 'A', list: 'done', searchTokens: ['T2'] }))]);
        expect(idsOf(await all(reading))).toEqual([]);
        expect(idsOf(await all(done))).toEqual(['A']);
        expect(await store.search('EX', ['T1'], 10)).toEqual([]);
        await apply([remove('A'), remove('never there')]);
        expect(await all(done)).toEqual([]);
        expect(await store.study('A'.padEnd(26, '0'))).toBeUndefined();
        expect(await store.search('EX', ['T2'], 10)).toEqual([]);
      });
    });

    describe('a rebuild', () => {
      test('keeps the old content readable until the new one replaces it whole', async () => {
        await fill([documentOf({ studyId: 'A', searchTokens: ['T1'] })], 'first', { 'imaging/0': 7 });
        const before = await store.status();
        await store.beginRebuild(fence);
        await store.rebuild(fence, [documentOf({ studyId: 'B' })]);
        expect(await store.page(reading, 10)).toMatchObject({ state: 'rebuilding', epoch: 'first', total: 1 });
        expect(idsOf(await all())).toEqual(['A']);
        await store.rebuild(fence, [documentOf({ studyId: 'C', band: 0 }), documentOf({ studyId: 'B', band: 1 })]);
        const outcome = await store.finishRebuild(fence, { 'imaging/0': 3 }, 'second');
        const page = await store.page(reading, 10);
        expect(page).toMatchObject({ state: 'current', epoch: 'second', revision: revisionOf(outcome), total: 2 });
        expect(page.revision).toBeGreaterThan(before.revision);
        expect(idsOf(page.items)).toEqual(['C', 'B']);
        expect(await store.study('A'.padEnd(26, '0'))).toBeUndefined();
        expect(await store.search('EX', ['T1'], 10)).toEqual([]);
        expect((await store.status()).positions).toEqual({ 'imaging/0': 3 });
      });

      test('that was begun twice starts from nothing', async () => {
        await store.beginRebuild(fence);
        await store.rebuild(fence, [documentOf({ studyId: 'A' })]);
        await fill([documentOf({ studyId: 'B' })]);
        expect(idsOf(await all())).toEqual(['B']);
      });

      test('that a dead writer left behind is told to the next one and shown until it is repeated', async () => {
        await fill([documentOf({ studyId: 'A' })], 'first', { 'imaging/0': 7 });
        await store.beginRebuild(fence);
        const next = await store.acquire();
        expect(next).toMatchObject({ epoch: null, positions: {} });
        expect(await store.page(reading, 10)).toMatchObject({ state: 'rebuilding', total: 1 });
        fence = next.fence;
        await fill([documentOf({ studyId: 'B' })], 'second');
        expect(await store.page(reading, 10)).toMatchObject({ state: 'current', total: 1 });
      });

      test('that was never begun is lost', async () => {
        expect(await store.rebuild(fence, [documentOf({ studyId: 'A' })])).toEqual({ kind: 'lost' });
        expect(await store.finishRebuild(fence, {}, 'first')).toEqual({ kind: 'lost' });
        expect((await store.status()).state).toBe('rebuilding');
      });

      test('takes more documents than one batch', async () => {
        const documents = Array.from({ length: 1_200 }, (_, index) =>
          documentOf({ studyId: `S${String(index).padStart(5, '0')}X`, dueAt: 5_000 - index }),
        );
        await fill(documents);
        const rows = await all(reading, 499);
        expect(rows.map((row) => row.studyId)).toEqual(documents.map((one) => one.row.studyId).reverse());
        expect(rows.map((row) => row.rank)).toEqual(documents.map((_, index) => index + 1));
      });
    });

    describe('paging', () => {
      test('within one revision never misses or repeats a row', async () => {
        await fill(Array.from({ length: 57 }, (_, i) => documentOf({ studyId: `S${i}X`, dueAt: i % 3 })));
        const whole = (await all()).map((row) => row.studyId);
        for (const limit of [1, 7, 57]) expect((await all(reading, limit)).map((row) => row.studyId)).toEqual(whole);
      });

      test('goes on behind a row that has moved or left', async () => {
        await fill(['A', 'B', 'C', 'D'].map((studyId, index) => documentOf({ studyId, dueAt: index })));
        const { nextCursor } = await store.page(reading, 2);
        await apply([
          remove('B'),
          put(documentOf({ studyId: 'E', dueAt: 1 })),
          put(documentOf({ studyId: 'A', dueAt: 9 })),
        ]);
        expect(idsOf((await store.page(reading, 10, nextCursor ?? '')).items)).toEqual(['E', 'C', 'D', 'A']);
      });

      test('refuses a cursor that no page gave', async () => {
        for (const cursor of ['', 'x', '!!!', Buffer.from('1 2 3').toString('hex')])
          await expect(store.page(reading, 10, cursor)).rejects.toMatchObject({ code: 'VRG_HTTP_MALFORMED' });
      });
    });

    describe('the change feed', () => {
      test('gives the newest state of what changed after a revision, once per study', async () => {
        await fill([documentOf({ studyId: 'A' }), documentOf({ studyId: 'B' })]);
        const since = await store.status();
        await apply([put(documentOf({ studyId: 'A', band: 1 })), put(documentOf({ studyId: 'C', band: 3 }))]);
        await apply([put(documentOf({ studyId: 'A', band: 0 }))]);
        const last = await apply([put(documentOf({ studyId: 'B', list: 'done' })), remove('C')]);
        const told = await store.changesSince(reading, since, 10);
        expect(told).toMatchObject({ kind: 'changes', epoch: 'first', revision: revisionOf(last) });
        const changes = told.kind === 'changes' ? told.changes : [];
        expect(
          changes.map((one) => (one.kind === 'row' ? `${one.row.band}${one.row.studyId[0]}` : one.studyId[0])),
        ).toEqual(['0A', 'B', 'C']);
        expect(changes.map((one) => one.kind)).toEqual(['row', 'gone', 'gone']);
        expect(changes.map((one) => one.revision)).toEqual(
          changes.map((one) => one.revision).toSorted((a, b) => a - b),
        );
        expect(changes[0]).toMatchObject({ row: { rank: 1, revision: changes[0]?.revision } });
        const inDone = await store.changesSince(done, since, 10);
        expect(inDone.kind === 'changes' && inDone.changes.map((one) => one.kind)).toEqual(['row']);
        expect(await store.changesSince(reading, { epoch: 'first', revision: revisionOf(last) }, 10)).toEqual({
          kind: 'changes',
          epoch: 'first',
          revision: revisionOf(last),
          changes: [],
        });
      });

      test('is read in parts without missing a change of one big apply', async () => {
        await fill([]);
        let since: { epoch: string; revision: number } = await store.status();
        await apply(Array.from({ length: 25 }, (_, index) => put(documentOf({ studyId: `S${index}X` }))));
        const seen: string[] = [];
        for (let part = 0; part < 3; part += 1) {
          const told = await store.changesSince(reading, since, 10);
          if (told.kind !== 'changes') throw new Error('unexpected reset');
          seen.push(...told.changes.flatMap((one) => (one.kind === 'row' ? one.row.studyId : [])));
          since = told;
        }
        expect(seen).toHaveLength(25);
        expect(new Set(seen).size).toBe(25);
        expect(since.revision).toBe((await store.status()).revision);
      });

      test('says reset for another epoch, a revision of the future, and after a rebuild', async () => {
        await fill([documentOf({ studyId: 'A' })]);
        const { epoch, revision } = await store.status();
        expect(await store.changesSince(reading, { epoch: 'other', revision }, 10)).toMatchObject({
          kind: 'reset',
          epoch,
          revision,
        });
        expect((await store.changesSince(reading, { epoch, revision: revision + 1 }, 10)).kind).toBe('reset');
        await fill([], 'second');
        expect(await store.changesSince(reading, { epoch, revision }, 10)).toMatchObject({
          kind: 'reset',
          epoch: 'second',
        });
      });

      test('says reset when the revision is older than it keeps', async () => {
        await fill([]);
        const since = await store.status();
        await apply([put(documentOf({ studyId: 'A' }))]);
        const young = await store.status();
        await apply(Array.from({ length: feedLength }, (_, index) => put(documentOf({ studyId: `S${index}X` }))));
        expect((await store.changesSince(reading, since, 10)).kind).toBe('reset');
        expect((await store.changesSince(reading, young, 10)).kind).toBe('changes');
      });

      test('wakes a listener, until it is taken away', async () => {
        await fill([]);
        let calls = 0;
        const end = store.onChange(() => {
          calls += 1;
        });
        // A listener may still be on its way to the server, so changes go on until it was told of one.
        while (calls === 0) {
          await apply([put(documentOf({ studyId: 'A' }))]);
          await setImmediate();
        }
        end();
        const before = calls;
        await apply([put(documentOf({ studyId: 'B' }))]);
        await store.status();
        await setImmediate();
        expect(calls).toBe(before);
      });
    });

    describe('search', () => {
      test('finds what carries all tokens, newest first, within the site and the limit', async () => {
        await fill([
          documentOf({ studyId: 'A', arrivedAt: 1, searchTokens: ['T1', 'T2'] }),
          documentOf({ studyId: 'B', arrivedAt: 3, searchTokens: ['T1', 'T2', 'T3'] }),
          documentOf({ studyId: 'C', arrivedAt: 2, searchTokens: ['T1', 'T2'], list: 'done' }),
          documentOf({ studyId: 'D', arrivedAt: 4, searchTokens: ['T1'] }),
          documentOf({ studyId: 'E', arrivedAt: 5, searchTokens: ['T1', 'T2'], site: 'OTHER' }),
          documentOf({ studyId: 'F', arrivedAt: 6, searchTokens: ['T11', 'T22'] }),
        ]);
        expect(idsOf(await store.search('EX', ['T1', 'T2'], 10))).toEqual(['B', 'C', 'A']);
        expect(idsOf(await store.search('EX', ['T2', 'T1'], 2))).toEqual(['B', 'C']);
        expect(idsOf(await store.search('EX', ['T1', 'T9'], 10))).toEqual([]);
        expect(idsOf(await store.search('EX', [], 10))).toEqual([]);
      });
    });
  });
}
