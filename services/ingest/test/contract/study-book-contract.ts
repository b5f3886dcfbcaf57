import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventData } from '@voorrang/contracts';
import type { Database, SqlProvider } from '@voorrang/sql';
import fc from 'fast-check';
import { sql } from 'kysely';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { sqlStudyBook } from '../../src/adapters/sql/sql-study-book.ts';
import type { StudyBook } from '../../src/application/ports.ts';
import { type ImagingFact, observationsOf } from '../../src/domain/observations.ts';
import { seriesObserved } from '../builders.ts';

const limits = { settleMs: 30, hardLimitMs: 100, rules: [] };
/** Our clock at every recording; what is due follows from the facts alone. */
const now = 1_000;

/** The laws of the study book, for every database engine. */
export function studyBookContract(
  name: string,
  open: () => Promise<{ readonly provider: SqlProvider; readonly dispose: () => Promise<void> }>,
): void {
  describe(`the study book on ${name}`, () => {
    let given: Awaited<ReturnType<typeof open>>;
    let database: Database<IngestSchema>;
    let book: StudyBook;
    beforeEach(async () => {
      given = await open();
      database = await given.provider.open<IngestSchema>(serviceName, ingestMigrations);
      book = sqlStudyBook(database);
    });
    afterEach(() => given.dispose());

    const record = async (...events: ImagingFact[]): Promise<void> => {
      await book.record(observationsOf(events), limits, now);
    };
    const settled = async (): Promise<EventData<'study.settled'>[]> => {
      const { rows } = await sql<{ value: string }>`select value from ingest_outbox order by sequence`.execute(
        database.query,
      );
      return rows
        .map(({ value }) => JSON.parse(value))
        .filter(({ type }) => type.startsWith('study.settled'))
        .map(({ data }) => data);
    };

    test('nothing is due before anything came', async () => {
      expect([await book.nextDueAt(), await book.settleDue(1_000)]).toEqual([undefined, 0]);
    });

    test('a study is settled once, when it has been quiet', async () => {
      await record(seriesObserved(1, 1, [1, 2], 1_000), seriesObserved(1, 2, [1], 1_010));
      expect(await book.nextDueAt()).toBe(1_040);
      expect([await book.settleDue(1_039), await book.settleDue(1_040), await book.settleDue(1_040)]).toEqual([
        0, 1, 0,
      ]);
      expect(await settled()).toEqual([
        {
          studyInstanceUid: '1.2.1',
          version: 1,
          by: 'quiet',
          imagesCompleteAt: 1_010,
          settledAt: 1_040,
          modalities: ['CT'],
          bodyParts: ['HEAD'],
          seriesInstanceUids: ['1.2.1.1', '1.2.1.2'],
        },
      ]);
      expect(await book.nextDueAt()).toBeUndefined();
    });

    test('the same facts again, before or after settling, in any borders, change nothing', async () => {
      await record(seriesObserved(1, 1, [1, 2], 1_000), seriesObserved(1, 1, [3], 1_005));
      await record(seriesObserved(1, 1, [1, 2, 3], 1_000));
      expect(await book.nextDueAt()).toBe(1_035);
      await book.settleDue(1_035);
      await record(seriesObserved(1, 1, [3], 1_005), seriesObserved(1, 1, [1, 2], 1_000));
      expect([await book.nextDueAt(), (await settled()).length]).toEqual([undefined, 1]);
    });

    test('a late series makes a new version that names all series', async () => {
      await record(seriesObserved(1, 1, [1], 1_000));
      await book.settleDue(1_030);
      await record(seriesObserved(1, 2, [1], 2_000));
      expect(await book.settleDue(2_030)).toBe(1);
      expect(
        (await settled()).map(({ version, imagesCompleteAt, seriesInstanceUids }) => [
          version,
          imagesCompleteAt,
          seriesInstanceUids.length,
        ]),
      ).toEqual([
        [1, 1_000, 1],
        [2, 2_000, 2],
      ]);
    });

    test('images that never end are settled by the hard limit', async () => {
      for (let at = 0; at <= 100; at += 20) await record(seriesObserved(1, 1, [at], 1_000 + at));
      expect(await book.nextDueAt()).toBe(1_100);
      await book.settleDue(1_100);
      expect((await settled()).map(({ by }) => by)).toEqual(['hard-limit']);
    });

    test('the same UID at two sites is two studies', async () => {
      await record(seriesObserved(1, 1, [1], 1_000), seriesObserved(1, 1, [1], 1_000, 'OTHER'));
      expect(await book.settleDue(1_030)).toBe(2);
    });

    test('due times that passed while nobody looked are settled at the first look', async () => {
      for (let study = 0; study < 250; study += 1) await record(seriesObserved(study, 1, [1], 1_000 + study));
      const again = sqlStudyBook(database);
      let total = 0;
      for (let count = await again.settleDue(9_999); count > 0; count = await again.settleDue(9_999)) total += count;
      expect(total).toBe(250);
    });

    test('a study of thousands of instances in one fact is recorded', async () => {
      await record(
        seriesObserved(
          1,
          1,
          Array.from({ length: 2_500 }, (_, n) => n),
          1_000,
        ),
      );
      expect(await book.settleDue(1_030)).toBe(1);
    });

    test('a study of very many series with long names settles within what the bus carries, and so do those due after it', async () => {
      const uid = (n: number): string => `1.2.${String(n).padStart(60, '9')}`;
      const large = Array.from({ length: 1_500 }, (_, n): ImagingFact => {
        const fact = seriesObserved(1, n, [1], 1_000);
        return { ...fact, data: { ...fact.data, seriesInstanceUid: uid(n), bodyPart: `${n} ${'x'.repeat(1_000)}` } };
      });
      await record(...large, seriesObserved(2, 1, [1], 1_001));
      expect(await book.settleDue(1_031)).toBe(2);
      const [first] = await settled();
      expect(first?.seriesInstanceUids).toHaveLength(1_000);
      expect(first?.bodyParts).toHaveLength(100);
    });

    test('any order and repetition of the facts of one version gives the same settling', async () => {
      let study = 100;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ at: fc.integer({ min: 1_000, max: 1_029 }), n: fc.nat(5) }), {
            minLength: 1,
            maxLength: 6,
          }),
          async (facts) => {
            study += 1;
            const distinct = [...new Map(facts.map((fact) => [fact.n, fact])).values()];
            const events = distinct.map(({ at, n }) => seriesObserved(study, 1, [n], at));
            for (const event of [...events, ...events.toReversed()]) await record(event);
            await book.settleDue(5_000);
            const told = (await settled()).filter(({ studyInstanceUid }) => studyInstanceUid === `1.2.${study}`);
            const last = Math.max(...distinct.map(({ at }) => at));
            expect(told.map(({ version, imagesCompleteAt }) => [version, imagesCompleteAt])).toEqual([[1, last]]);
          },
        ),
        { numRuns: 15 },
      );
    });
  });
}
