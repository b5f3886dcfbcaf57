import { describe, expect, test } from '@jest/globals';
import { done, idsOf, type MakeStore, put, reading, remove, revisionOf, useDesk } from './desk.ts';
import { documentOf } from './documents.ts';

export function writeLaws(make: MakeStore): void {
  const desk = useDesk(make);

  describe('one apply', () => {
    test('shows rows, detail, timeline, positions and revision together', async () => {
      await desk.fill([]);
      const document = documentOf({ studyId: 'A', description: 'CT hersenen, é', searchTokens: ['T1'] });
      const outcome = await desk.apply([put(document), put(documentOf({ studyId: 'B', band: 0 }))]);
      const page = await desk.store.page(reading, 10);
      expect(page).toMatchObject({ revision: revisionOf(outcome), epoch: 'first', state: 'current', total: 2 });
      expect(idsOf(page.items)).toEqual(['B', 'A']);
      expect((await desk.store.study(document.row.studyId))?.document).toEqual(document);
      expect(await desk.store.status()).toMatchObject({
        state: 'current',
        epoch: 'first',
        revision: revisionOf(outcome),
        positions: { 'imaging/0': 1 },
      });
    });

    test('refuses a document that the adapters would order differently and changes nothing', async () => {
      await desk.fill([]);
      const bad = documentOf({ studyId: 'A', key: { score: 1.5, member: 'x:A' } });
      await expect(desk.apply([put(documentOf({ studyId: 'B' })), put(bad)])).rejects.toMatchObject({
        code: 'VRG_INTERNAL',
      });
      expect(await desk.all()).toEqual([]);
      expect((await desk.store.status()).positions).toEqual({});
    });

    test('is a duplicate when every position named is passed, and then changes nothing', async () => {
      await desk.fill([], 'first', { 'imaging/0': 5, 'orders/1': 2 });
      const at = (positions: Record<string, number>, studyId: string) =>
        desk.store.apply({ fence: desk.fence, epoch: 'first', positions, changes: [put(documentOf({ studyId }))] });
      expect(await at({ 'imaging/0': 5 }, 'A')).toEqual({ kind: 'duplicate' });
      expect(await at({ 'imaging/0': 4, 'orders/1': 2 }, 'A')).toEqual({ kind: 'duplicate' });
      expect((await at({ 'imaging/0': 4, 'orders/1': 3 }, 'B')).kind).toBe('applied');
      expect((await at({ 'results/7': 0 }, 'C')).kind).toBe('applied');
      expect(await at({ 'results/7': 0 }, 'D')).toEqual({ kind: 'duplicate' });
      expect((await desk.store.status()).positions).toEqual({ 'imaging/0': 5, 'orders/1': 3, 'results/7': 0 });
      expect(idsOf(await desk.all())).toEqual(['B', 'C']);
    });

    test('without positions is never a duplicate', async () => {
      await desk.fill([]);
      const timed = (studyId: string) =>
        desk.store.apply({ fence: desk.fence, epoch: 'first', positions: {}, changes: [put(documentOf({ studyId }))] });
      expect((await timed('A')).kind).toBe('applied');
      expect((await timed('A')).kind).toBe('applied');
    });

    test('of an earlier writer is fenced, whatever it does', async () => {
      await desk.fill([]);
      const next = await desk.store.acquire();
      expect(next).toMatchObject({ epoch: 'first', positions: {} });
      expect(next.fence).toBeGreaterThan(desk.fence);
      expect(await desk.apply([put(documentOf({ studyId: 'A' }))])).toEqual({ kind: 'fenced' });
      expect(await desk.store.beginRebuild(desk.fence)).toEqual({ kind: 'fenced' });
      expect(await desk.store.rebuild(desk.fence, [])).toEqual({ kind: 'fenced' });
      expect(await desk.store.finishRebuild(desk.fence, {}, 'second')).toEqual({ kind: 'fenced' });
      expect(await desk.store.page(reading, 10)).toMatchObject({ state: 'current', total: 0 });
      expect((await desk.apply([put(documentOf({ studyId: 'A' }))], { fence: next.fence })).kind).toBe('applied');
    });

    test('is lost when the store holds nothing, or another epoch', async () => {
      expect(await desk.apply([put(documentOf({ studyId: 'A' }))])).toEqual({ kind: 'lost' });
      await desk.fill([documentOf({ studyId: 'A' })]);
      expect(await desk.apply([], { epoch: 'other' })).toEqual({ kind: 'lost' });
      await desk.lose();
      expect(await desk.apply([put(documentOf({ studyId: 'B' }))])).toEqual({ kind: 'lost' });
      expect(await desk.store.page(reading, 10)).toMatchObject({ state: 'rebuilding', items: [] });
      const again = await desk.store.acquire();
      expect(again).toMatchObject({ epoch: null, positions: {} });
      desk.fence = again.fence;
      await desk.fill([documentOf({ studyId: 'A' })], 'second');
      expect(await desk.store.page(reading, 10)).toMatchObject({ state: 'current', epoch: 'second', total: 1 });
    });

    test('moves a study between lists and removes it', async () => {
      await desk.fill([documentOf({ studyId: 'A', searchTokens: ['T1'] })]);
      await desk.apply([put(documentOf({ studyId: 'A', list: 'done', searchTokens: ['T2'] }))]);
      expect(idsOf(await desk.all(reading))).toEqual([]);
      expect(idsOf(await desk.all(done))).toEqual(['A']);
      expect(await desk.store.search('EX', ['T1'], 10)).toEqual([]);
      await desk.apply([remove('A'), remove('never there')]);
      expect(await desk.all(done)).toEqual([]);
      expect(await desk.store.study('A'.padEnd(26, '0'))).toBeUndefined();
      expect(await desk.store.search('EX', ['T2'], 10)).toEqual([]);
    });
  });

  describe('a rebuild', () => {
    test('keeps the old content readable until the new one replaces it whole', async () => {
      await desk.fill([documentOf({ studyId: 'A', searchTokens: ['T1'] })], 'first', { 'imaging/0': 7 });
      const before = await desk.store.status();
      await desk.store.beginRebuild(desk.fence);
      await desk.store.rebuild(desk.fence, [documentOf({ studyId: 'B' })]);
      expect(await desk.store.page(reading, 10)).toMatchObject({ state: 'rebuilding', epoch: 'first', total: 1 });
      expect(idsOf(await desk.all())).toEqual(['A']);
      await desk.store.rebuild(desk.fence, [
        documentOf({ studyId: 'C', band: 0 }),
        documentOf({ studyId: 'B', band: 1 }),
      ]);
      const outcome = await desk.store.finishRebuild(desk.fence, { 'imaging/0': 3 }, 'second');
      const page = await desk.store.page(reading, 10);
      expect(page).toMatchObject({ state: 'current', epoch: 'second', revision: revisionOf(outcome), total: 2 });
      expect(page.revision).toBeGreaterThan(before.revision);
      expect(idsOf(page.items)).toEqual(['C', 'B']);
      expect(await desk.store.study('A'.padEnd(26, '0'))).toBeUndefined();
      expect(await desk.store.search('EX', ['T1'], 10)).toEqual([]);
      expect((await desk.store.status()).positions).toEqual({ 'imaging/0': 3 });
    });

    test('that was begun twice starts from nothing', async () => {
      await desk.store.beginRebuild(desk.fence);
      await desk.store.rebuild(desk.fence, [documentOf({ studyId: 'A' })]);
      await desk.fill([documentOf({ studyId: 'B' })]);
      expect(idsOf(await desk.all())).toEqual(['B']);
    });

    test('that a dead writer left behind is told to the next one and shown until it is repeated', async () => {
      await desk.fill([documentOf({ studyId: 'A' })], 'first', { 'imaging/0': 7 });
      await desk.store.beginRebuild(desk.fence);
      const next = await desk.store.acquire();
      expect(next).toMatchObject({ epoch: null, positions: {} });
      expect(await desk.store.page(reading, 10)).toMatchObject({ state: 'rebuilding', total: 1 });
      desk.fence = next.fence;
      await desk.fill([documentOf({ studyId: 'B' })], 'second');
      expect(await desk.store.page(reading, 10)).toMatchObject({ state: 'current', total: 1 });
    });

    test('that was never begun is lost', async () => {
      expect(await desk.store.rebuild(desk.fence, [documentOf({ studyId: 'A' })])).toEqual({ kind: 'lost' });
      expect(await desk.store.finishRebuild(desk.fence, {}, 'first')).toEqual({ kind: 'lost' });
      expect((await desk.store.status()).state).toBe('rebuilding');
    });

    test('takes more documents than one batch', async () => {
      const documents = Array.from({ length: 1_200 }, (_, index) =>
        documentOf({ studyId: `S${String(index).padStart(5, '0')}X`, dueAt: 5_000 - index }),
      );
      await desk.fill(documents);
      const rows = await desk.all(reading, 499);
      expect(rows.map((row) => row.studyId)).toEqual(documents.map((one) => one.row.studyId).reverse());
      expect(rows.map((row) => row.rank)).toEqual(documents.map((_, index) => index + 1));
    });
  });
}
