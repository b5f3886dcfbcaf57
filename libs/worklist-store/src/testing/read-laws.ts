import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { feedLength } from '../port.ts';
import { done, idsOf, type MakeStore, put, reading, remove, revisionOf, useDesk } from './desk.ts';
import { documentOf } from './documents.ts';

export function readLaws(make: MakeStore): void {
  const desk = useDesk(make);

  describe('paging', () => {
    test('within one revision never misses or repeats a row', async () => {
      await desk.fill(Array.from({ length: 57 }, (_, i) => documentOf({ studyId: `S${i}X`, dueAt: i % 3 })));
      const whole = (await desk.all()).map((row) => row.studyId);
      for (const limit of [1, 7, 57]) expect((await desk.all(reading, limit)).map((row) => row.studyId)).toEqual(whole);
    });

    test('goes on behind a row that has moved or left', async () => {
      await desk.fill(['A', 'B', 'C', 'D'].map((studyId, index) => documentOf({ studyId, dueAt: index })));
      const { nextCursor } = await desk.store.page(reading, 2);
      await desk.apply([
        remove('B'),
        put(documentOf({ studyId: 'E', dueAt: 1 })),
        put(documentOf({ studyId: 'A', dueAt: 9 })),
      ]);
      expect(idsOf((await desk.store.page(reading, 10, nextCursor ?? '')).items)).toEqual(['E', 'C', 'D', 'A']);
    });

    test('refuses a cursor that no page gave', async () => {
      for (const cursor of ['', 'x', '!!!', Buffer.from('1 2 3').toString('hex')])
        await expect(desk.store.page(reading, 10, cursor)).rejects.toMatchObject({ code: 'VRG_HTTP_MALFORMED' });
    });
  });

  describe('the change feed', () => {
    test('gives the newest state of what changed after a revision, once per study', async () => {
      await desk.fill([documentOf({ studyId: 'A' }), documentOf({ studyId: 'B' })]);
      const since = await desk.store.status();
      await desk.apply([put(documentOf({ studyId: 'A', band: 1 })), put(documentOf({ studyId: 'C', band: 3 }))]);
      await desk.apply([put(documentOf({ studyId: 'A', band: 0 }))]);
      const last = await desk.apply([put(documentOf({ studyId: 'B', list: 'done' })), remove('C')]);
      const told = await desk.store.changesSince(reading, since, 10);
      expect(told).toMatchObject({ kind: 'changes', epoch: 'first', revision: revisionOf(last) });
      const changes = told.kind === 'changes' ? told.changes : [];
      expect(
        changes.map((one) => (one.kind === 'row' ? `${one.row.band}${one.row.studyId[0]}` : one.studyId[0])),
      ).toEqual(['0A', 'B', 'C']);
      expect(changes.map((one) => one.kind)).toEqual(['row', 'gone', 'gone']);
      expect(changes.map((one) => one.revision)).toEqual(changes.map((one) => one.revision).toSorted((a, b) => a - b));
      expect(changes[0]).toMatchObject({ row: { rank: 1, revision: changes[0]?.revision } });
      const inDone = await desk.store.changesSince(done, since, 10);
      expect(inDone.kind === 'changes' && inDone.changes.map((one) => one.kind)).toEqual(['row']);
      expect(await desk.store.changesSince(reading, { epoch: 'first', revision: revisionOf(last) }, 10)).toEqual({
        kind: 'changes',
        epoch: 'first',
        revision: revisionOf(last),
        changes: [],
      });
    });

    test('is read in parts without missing a change of one big apply', async () => {
      await desk.fill([]);
      let since: { epoch: string; revision: number } = await desk.store.status();
      await desk.apply(Array.from({ length: 25 }, (_, index) => put(documentOf({ studyId: `S${index}X` }))));
      const seen: string[] = [];
      for (let part = 0; part < 3; part += 1) {
        const told = await desk.store.changesSince(reading, since, 10);
        if (told.kind !== 'changes') throw new Error('unexpected reset');
        seen.push(...told.changes.flatMap((one) => (one.kind === 'row' ? one.row.studyId : [])));
        since = told;
      }
      expect(seen).toHaveLength(25);
      expect(new Set(seen).size).toBe(25);
      expect(since.revision).toBe((await desk.store.status()).revision);
    });

    test('says reset for another epoch, a revision of the future, and after a rebuild', async () => {
      await desk.fill([documentOf({ studyId: 'A' })]);
      const { epoch, revision } = await desk.store.status();
      expect(await desk.store.changesSince(reading, { epoch: 'other', revision }, 10)).toMatchObject({
        kind: 'reset',
        epoch,
        revision,
      });
      expect((await desk.store.changesSince(reading, { epoch, revision: revision + 1 }, 10)).kind).toBe('reset');
      await desk.fill([], 'second');
      expect(await desk.store.changesSince(reading, { epoch, revision }, 10)).toMatchObject({
        kind: 'reset',
        epoch: 'second',
      });
    });

    test('says reset when the revision is older than it keeps', async () => {
      await desk.fill([]);
      const since = await desk.store.status();
      await desk.apply([put(documentOf({ studyId: 'A' }))]);
      const young = await desk.store.status();
      await desk.apply(Array.from({ length: feedLength }, (_, index) => put(documentOf({ studyId: `S${index}X` }))));
      expect((await desk.store.changesSince(reading, since, 10)).kind).toBe('reset');
      expect((await desk.store.changesSince(reading, young, 10)).kind).toBe('changes');
    });

    test('wakes a listener, until it is taken away', async () => {
      await desk.fill([]);
      let calls = 0;
      const end = desk.store.onChange(() => {
        calls += 1;
      });
      // A listener may still be on its way to the server, so changes go on until it was told of one.
      while (calls === 0) {
        await desk.apply([put(documentOf({ studyId: 'A' }))]);
        await setImmediate();
      }
      end();
      const before = calls;
      await desk.apply([put(documentOf({ studyId: 'B' }))]);
      await desk.store.status();
      await setImmediate();
      expect(calls).toBe(before);
    });
  });

  describe('search', () => {
    test('finds what carries all tokens, newest first, within the site and the limit', async () => {
      await desk.fill([
        documentOf({ studyId: 'A', arrivedAt: 1, searchTokens: ['T1', 'T2'] }),
        documentOf({ studyId: 'B', arrivedAt: 3, searchTokens: ['T1', 'T2', 'T3'] }),
        documentOf({ studyId: 'C', arrivedAt: 2, searchTokens: ['T1', 'T2'], list: 'done' }),
        documentOf({ studyId: 'D', arrivedAt: 4, searchTokens: ['T1'] }),
        documentOf({ studyId: 'E', arrivedAt: 5, searchTokens: ['T1', 'T2'], site: 'OTHER' }),
        documentOf({ studyId: 'F', arrivedAt: 6, searchTokens: ['T11', 'T22'] }),
      ]);
      expect(idsOf(await desk.store.search('EX', ['T1', 'T2'], 10))).toEqual(['B', 'C', 'A']);
      expect(idsOf(await desk.store.search('EX', ['T2', 'T1'], 2))).toEqual(['B', 'C']);
      expect(idsOf(await desk.store.search('EX', ['T1', 'T9'], 10))).toEqual([]);
      expect(idsOf(await desk.store.search('EX', [], 10))).toEqual([]);
    });
  });
}
