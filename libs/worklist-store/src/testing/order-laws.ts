import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StudyDocument } from '../port.ts';
import { bandWidth, sortKeyOf } from '../sort-key.ts';
import { done, idsOf, type MakeStore, put, reading, remove, useDesk } from './desk.ts';
import { documentOf } from './documents.ts';
import { NaiveModel } from './naive-model.ts';

export function orderLaws(make: MakeStore): void {
  const desk = useDesk(make);

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
            await desk.fill(initial, epoch);
            for (const changes of steps) {
              model.apply(changes);
              expect((await desk.apply(changes, { epoch })).kind).toBe('applied');
            }
            for (const list of [reading, done]) {
              const rows = await desk.all(list, pageSize);
              expect(rows.map(({ studyId, rank, rankWithoutAi }) => ({ studyId, rank, rankWithoutAi }))).toEqual(
                model.list(list),
              );
              for (const row of rows) expect((await desk.store.study(row.studyId))?.ranked).toEqual(row);
            }
            const found = await desk.store.search('EX', ['T1', 'T2'], 500);
            expect(found.map((row) => row.studyId)).toEqual(model.withTokens('EX', ['T1', 'T2']));
          },
        ),
        { numRuns: 40 },
      );
    });

    test('hold at the limits of a score: equal due, mixed case, the largest band in the year 2100', async () => {
      const dueAt = Date.UTC(2100, 11, 31, 23, 59, 59, 999);
      const at = { dueAt, arrivedAt: dueAt };
      await desk.fill([
        documentOf({ studyId: 'b', band: 3, ...at }),
        documentOf({ studyId: 'B', band: 3, ...at }),
        documentOf({ studyId: 'a', band: 3, ...at }),
        documentOf({ studyId: 'A', band: 3, ...at }),
        documentOf({ studyId: 'Z', band: 3, ...at, dueAt: dueAt - 1 }),
        documentOf({ studyId: 'Y', band: 3, ...at, arrivedAt: dueAt - 1 }),
        documentOf({ studyId: 'X', band: 2, ...at }),
      ]);
      for (const limit of [1, 2, 500])
        expect(idsOf(await desk.all(reading, limit))).toEqual(['X', 'Z', 'Y', 'A', 'B', 'a', 'b']);
      expect((await desk.all())[0]?.sortKey.score).toBe(2 * bandWidth + dueAt);
    });

    test('keep neighbours apart at 53 bits', async () => {
      const keyed = (studyId: string, score: number): StudyDocument => {
        const { member } = sortKeyOf({ band: 0, dueAt: 0, arrivedAt: 0, studyId: studyId.padEnd(26, '0') });
        return documentOf({ studyId, key: { score, member }, baseKey: { score: 2 ** 53 - 1 - score, member } });
      };
      await desk.fill([keyed('C', 2 ** 53 - 1), keyed('B', 2 ** 53 - 2), keyed('A', 2 ** 53 - 3)]);
      const rows = await desk.all(reading, 1);
      expect(idsOf(rows)).toEqual(['A', 'B', 'C']);
      expect(rows.map((row) => row.rankWithoutAi)).toEqual([3, 2, 1]);
    });

    test('are told per site and list', async () => {
      await desk.fill([
        documentOf({ studyId: 'A' }),
        documentOf({ studyId: 'B', list: 'done' }),
        documentOf({ studyId: 'C', site: 'OTHER' }),
      ]);
      for (const [list, id] of [
        [reading, 'A'],
        [done, 'B'],
        [{ site: 'OTHER', list: 'reading' } as const, 'C'],
      ] as const) {
        const page = await desk.store.page(list, 10);
        expect(idsOf(page.items)).toEqual([id]);
        expect(page.items[0]).toMatchObject({ rank: 1, rankWithoutAi: 1 });
        expect(page.total).toBe(1);
      }
    });
  });
}
