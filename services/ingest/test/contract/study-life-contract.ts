import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventData, KnownEvent } from '@voorrang/contracts';
import type { Database, SqlProvider } from '@voorrang/sql';
import { seededRandom, shuffled } from '@voorrang/testing';
import fc from 'fast-check';
import { sql } from 'kysely';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { sqlStudyBook } from '../../src/adapters/sql/sql-study-book.ts';
import type { StudyBook } from '../../src/application/ports.ts';
import type { SettlingSettings } from '../../src/domain/grow-study.ts';
import { type ImagingFact, observationsOf } from '../../src/domain/observations.ts';
import { announced, bone, headRule, observed, thin } from '../life-builders.ts';

const settings: SettlingSettings = { settleMs: 30, hardLimitMs: 100, rules: [headRule] };

/** The laws of required series, procedure steps, announced images and contradictions, for every database engine. */
export function studyLifeContract(
  name: string,
  open: () => Promise<{ readonly provider: SqlProvider; readonly dispose: () => Promise<void> }>,
): void {
  describe(`the life of a study on ${name}`, () => {
    let given: Awaited<ReturnType<typeof open>>;
    let database: Database<IngestSchema>;
    let book: StudyBook;
    beforeEach(async () => {
      given = await open();
      database = await given.provider.open<IngestSchema>(serviceName, ingestMigrations);
      book = sqlStudyBook(database);
    });
    afterEach(() => given.dispose());

    const record = async (facts: readonly ImagingFact[], under = settings): Promise<void> => {
      await book.record(observationsOf(facts), under, 1_000);
    };
    const told = async (): Promise<KnownEvent[]> => {
      const { rows } = await sql<{ value: string }>`select value from ingest_outbox order by sequence`.execute(
        database.query,
      );
      return rows.map(({ value }) => JSON.parse(value));
    };
    const settled = async (): Promise<EventData<'study.settled'>[]> =>
      (await told()).filter(({ type }) => type.startsWith('study.settled')).map(({ data }) => data as never);
    const ways = async () =>
      (await settled()).map(({ version, by, imagesCompleteAt }) => [version, by, imagesCompleteAt]);
    /** Lets time pass bit by bit, as the loop over due times does. */
    const pass = async (until: number): Promise<void> => {
      for (let due = await book.nextDueAt(); due !== undefined && due <= until; due = await book.nextDueAt())
        await book.settleDue(due);
    };
    /** Each contradiction that was told, once, with the most instances that were told of it. */
    const conflicts = async () => {
      const found = new Map<string, number>();
      for (const { type, site, data } of await told()) {
        if (!type.startsWith('study.conflicted')) continue;
        const { studyInstanceUid, kind, otherSite, count } = data as EventData<'study.conflicted'>;
        const key = [site, studyInstanceUid, kind, otherSite].join(' ');
        found.set(key, Math.max(found.get(key) ?? 0, count));
      }
      return [...found].sort();
    };

    describe('required series', () => {
      test('settle a study when each has been quiet, while others still come', async () => {
        await record([observed(1, 1, [1, 2], 1_000, thin), observed(1, 2, [1], 1_005, bone)]);
        await record([observed(1, 3, [1], 1_012)]);
        expect(await book.nextDueAt()).toBe(1_015);
        await pass(1_015);
        expect(await ways()).toEqual([[1, 'required-series', 1_012]]);
      });

      test('that are too short, or not all there, leave the study to the quiet time', async () => {
        await record([observed(1, 1, [1], 1_000, thin), observed(1, 2, [1], 1_000, bone)]);
        await record([observed(2, 1, [1, 2, 3], 1_000, thin)]);
        await pass(1_030);
        expect(await ways()).toEqual([
          [1, 'quiet', 1_000],
          [1, 'quiet', 1_000],
        ]);
      });

      test('put the study off while one of them grows, and settle a late one as a version of its own', async () => {
        await record([observed(1, 1, [1, 2], 1_000, thin), observed(1, 2, [1], 1_000, bone)]);
        await record([observed(1, 1, [3], 1_008, thin)]);
        expect(await book.nextDueAt()).toBe(1_018);
        await pass(1_018);
        await record([observed(1, 2, [2], 1_050, bone)]);
        await pass(1_060);
        expect(await ways()).toEqual([
          [1, 'required-series', 1_008],
          [2, 'required-series', 1_050],
        ]);
      });

      test('of the version before do not settle a late series that no rule asks for: it waits for quiet', async () => {
        await record([observed(1, 1, [1, 2], 1_000, thin), observed(1, 2, [1], 1_000, bone)]);
        await pass(1_010);
        await record([observed(1, 3, [1], 1_040)]);
        expect(await book.nextDueAt()).toBe(1_070);
        await pass(1_070);
        expect((await ways()).at(-1)).toEqual([2, 'quiet', 1_040]);
      });

      test('may be announced, with attributes that come later, or only counted', async () => {
        await record([announced(1, 'available', [{ series: 1, instances: [1, 2] }], 1_000)]);
        await record([announced(1, 'available', [{ series: 2, count: 40 }], 1_001)]);
        expect(await book.nextDueAt()).toBe(1_031);
        await record([observed(1, 1, [1], 1_003, thin), observed(1, 2, [1], 1_004, bone)]);
        expect(await book.nextDueAt()).toBe(1_011);
        await pass(1_011);
        expect(await ways()).toEqual([[1, 'required-series', 1_001]]);
      });

      test('a changed rule, limit or restart does not move what was promised; only a new fact does', async () => {
        const facts = [observed(1, 1, [1, 2], 1_000, thin), observed(1, 2, [1], 1_000, bone)];
        await record(facts);
        const slower = { settleMs: 60, hardLimitMs: 600, rules: [{ ...headRule, quietMs: 20 }] };
        book = sqlStudyBook(database);
        await record(facts, slower);
        expect(await book.nextDueAt()).toBe(1_010);
        await record([observed(1, 2, [2], 1_005, bone)], slower);
        expect(await book.nextDueAt()).toBe(1_025);
      });

      test('of another site settle nothing', async () => {
        await record([
          observed(1, 1, [1, 2], 1_000, { ...thin, site: 'WY' }),
          observed(1, 2, [1], 1_000, { ...bone, site: 'WY' }),
        ]);
        expect(await book.nextDueAt()).toBe(1_030);
      });
    });

    describe('procedure steps', () => {
      const performed = [{ series: 1, instances: [1, 2] }];

      test('completed after all their images came: settled at once, by the technologist', async () => {
        await record([announced(1, 'in-progress', [], 990), observed(1, 1, [1, 2], 1_000)]);
        await record([announced(1, 'completed', performed, 1_005)]);
        expect(await book.nextDueAt()).toBe(1_005);
        await pass(1_005);
        expect(await ways()).toEqual([[1, 'completed-by-technologist', 1_000]]);
      });

      test('completed before their images: settled with the last of them', async () => {
        await record([announced(1, 'completed', performed, 990)]);
        await record([observed(1, 1, [1], 1_000)]);
        expect(await book.nextDueAt()).toBe(1_030);
        await record([observed(1, 1, [2], 1_004)]);
        expect(await book.nextDueAt()).toBe(1_004);
        await pass(1_004);
        expect(await ways()).toEqual([[1, 'completed-by-technologist', 1_004]]);
      });

      test('images that a PACS announces are there', async () => {
        await record([announced(1, 'completed', performed, 990)]);
        await record([announced(1, 'available', performed, 1_000)]);
        await pass(1_000);
        expect(await ways()).toEqual([[1, 'completed-by-technologist', 1_000]]);
      });

      test('the last open step settles the study, not the first', async () => {
        await record([announced(1, 'in-progress', [], 990, { step: 2 })]);
        await record([observed(1, 1, [1, 2], 1_000), announced(1, 'completed', performed, 1_001)]);
        expect(await book.nextDueAt()).toBe(1_030);
        await record([announced(1, 'discontinued', [], 1_010, { step: 2 })]);
        await pass(1_010);
        expect(await ways()).toEqual([[1, 'completed-by-technologist', 1_000]]);
      });

      test('discontinued, or completed without naming an image, settle nothing', async () => {
        await record([observed(1, 1, [1], 1_000), announced(1, 'discontinued', performed, 1_001)]);
        await record([observed(2, 1, [1], 1_000), announced(2, 'completed', [], 1_001, { step: 2 })]);
        await pass(1_030);
        expect((await ways()).map(([, by]) => by)).toEqual(['quiet', 'quiet']);
      });

      test('in progress alone makes no version; completed without images is settled at the hard limit', async () => {
        await record([announced(1, 'in-progress', [], 1_000)]);
        expect(await book.nextDueAt()).toBeUndefined();
        await record([announced(1, 'completed', performed, 1_020)]);
        expect(await book.nextDueAt()).toBe(1_120);
        await pass(1_120);
        expect(await settled()).toMatchObject([
          { version: 1, by: 'hard-limit', modalities: ['CT'], seriesInstanceUids: [] },
        ]);
      });

      test('of two studies: an image may lie in either of them', async () => {
        const both = [1, 2].map((study) => announced(study, 'in-progress', [], 990 + study));
        await record([...both, observed(1, 1, [1], 1_000)]);
        const named = [
          { series: 1, instances: [1] },
          { series: 2, instances: [1] },
        ];
        await record([
          announced(1, 'completed', [named[0] ?? { series: 1 }], 1_001),
          announced(2, 'completed', [named[1] ?? { series: 2 }], 1_001, { of: 2 }),
        ]);
        expect(await book.nextDueAt()).toBe(1_030);
        await record([observed(2, 2, [1], 1_009)]);
        await pass(1_009);
        expect((await settled()).map(({ studyInstanceUid, by }) => [studyInstanceUid, by]).sort()).toEqual([
          ['1.2.1', 'completed-by-technologist'],
          ['1.2.2', 'completed-by-technologist'],
        ]);
      });

      test('with the required series there, the word of the technologist ends their quiet time', async () => {
        await record([observed(1, 1, [1, 2], 1_000, thin), observed(1, 2, [1], 1_003, bone)]);
        await record([announced(1, 'completed', [...performed, { series: 2, instances: [1] }], 1_004)]);
        await pass(1_004);
        expect(await ways()).toEqual([[1, 'required-series', 1_003]]);
      });

      test('any order and repetition of the facts comes to the same settling', async () => {
        let study = 100;
        await fc.assert(
          fc.asyncProperty(fc.integer(), async (seed) => {
            study += 1;
            const own = { step: study };
            const facts = [
              announced(study, 'in-progress', [], 1_000, own),
              observed(study, 1, [1], 1_001),
              observed(study, 2, [1, 2], 1_002),
              announced(study, 'in-progress', [{ series: 1, instances: [1] }], 1_003, own),
              announced(study, 'available', [{ series: 3, instances: [7] }], 1_004),
              announced(
                study,
                'completed',
                [
                  { series: 2, instances: [1, 2] },
                  { series: 3, instances: [7] },
                ],
                1_005,
                own,
              ),
            ];
            const random = seededRandom(seed);
            for (const fact of shuffled([...facts, ...shuffled(facts, random).slice(0, 3)], random))
              await record([fact]);
            await pass(9_999);
            const mine = (await settled()).filter(({ studyInstanceUid }) => studyInstanceUid === `1.2.${study}`);
            expect(mine.map(({ version, by, imagesCompleteAt }) => [version, by, imagesCompleteAt])).toEqual([
              [1, 'completed-by-technologist', 1_004],
            ]);
            expect(mine[0]?.seriesInstanceUids).toHaveLength(3);
          }),
          { numRuns: 15, seed: 7 },
        );
      });
    });

    describe('announced images', () => {
      test('are in the union: those that come later as well change nothing', async () => {
        await record([announced(1, 'available', [{ series: 1, instances: [1, 2] }], 1_000)]);
        await pass(1_030);
        await record([observed(1, 1, [1, 2], 2_000)]);
        expect(await book.nextDueAt()).toBeUndefined();
        await record([observed(1, 1, [3], 3_000)]);
        await pass(3_030);
        expect(await ways()).toEqual([
          [1, 'quiet', 1_000],
          [2, 'quiet', 3_000],
        ]);
      });

      test('that cannot be had are no images', async () => {
        await record([announced(1, 'unavailable', [{ series: 1, instances: [1, 2] }], 1_000)]);
        expect(await book.nextDueAt()).toBeUndefined();
      });
    });

    describe('contradictions', () => {
      test('the same instance with the same content is nothing; with another it is told, and makes no version', async () => {
        await record([observed(1, 1, [1, 2], 1_000, { digest: 'a' })]);
        await record([observed(1, 1, [1, 2], 1_500, { digest: 'a' })]);
        expect(await conflicts()).toEqual([]);
        await pass(1_100);
        await record([observed(1, 1, [1], 2_000, { digest: 'b' })]);
        await record([observed(1, 1, [1, 2], 2_001, { digest: 'b' })]);
        expect([await conflicts(), await book.nextDueAt()]).toEqual([[['EX 1.2.1 instance-content ', 2]], undefined]);
        const { rows } = await sql<{ digest: string }>`select digest from ingest_content order by digest`.execute(
          database.query,
        );
        expect(rows.map(({ digest }) => digest)).toEqual(['a', 'a', 'b', 'b']);
      });

      test('the same UID at two sites is told for both', async () => {
        await record([observed(1, 1, [1], 1_000)]);
        await record([observed(1, 1, [1], 1_001, { site: 'WY' })]);
        expect(await conflicts()).toEqual([
          ['EX 1.2.1 two-sites WY', 1],
          ['WY 1.2.1 two-sites EX', 1],
        ]);
      });

      test('any order, cut and repetition of the facts tells the same contradictions', async () => {
        let study = 500;
        await fc.assert(
          fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 4 }), async (seed, cut) => {
            study += 1;
            const facts: ImagingFact[] = [
              observed(study, 1, [1, 2, 3], 1_000, { digest: 'a' }),
              observed(study, 1, [2, 3, 4], 1_001, { digest: 'b' }),
              observed(study, 1, [3], 1_002, { digest: 'c' }),
              announced(study, 'available', [{ series: 1, instances: [1, 5] }], 1_003),
              observed(study, 1, [5], 1_004, { digest: 'a' }),
              observed(study, 1, [1], 1_005, { site: 'WY', digest: 'z' }),
            ];
            const random = seededRandom(seed);
            const mixed = shuffled([...facts, ...facts.slice(0, 3)], random);
            while (mixed.length > 0) await record(mixed.splice(0, cut));
            const mine = (await conflicts()).filter(([key]) => String(key).includes(`1.2.${study} `));
            expect(mine).toEqual([
              [`EX 1.2.${study} instance-content `, 2],
              [`EX 1.2.${study} two-sites WY`, 1],
              [`WY 1.2.${study} two-sites EX`, 1],
            ]);
          }),
          { numRuns: 20, seed: 11 },
        );
      });
    });
  });
}
