import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventData, EventOf, KnownEvent } from '@voorrang/contracts';
import { days } from '@voorrang/kernel';
import type { Database, SqlProvider } from '@voorrang/sql';
import { sql } from 'kysely';
import { retentionMigration } from '../../src/adapters/sql/retention-schema.ts';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { prune, prunedPerRound } from '../../src/adapters/sql/sql-retention.ts';
import { sqlStudyBook } from '../../src/adapters/sql/sql-study-book.ts';
import { readOperations } from '../../src/adapters/sql/watch/operations.ts';
import { sqlMatchBook } from '../../src/adapters/sql/watch/sql-match-book.ts';
import type { StudyBook } from '../../src/application/ports.ts';
import { type ImagingFact, observationsOf } from '../../src/domain/observations.ts';
import { keys } from '../builders.ts';
import { announced, bone, headRule, observed, thin } from '../life-builders.ts';

const settings = { settleMs: 30, hardLimitMs: 100, rules: [headRule] };
const start = days(1_000);

/** The laws of what is forgotten, for every database engine. */
export function retentionContract(
  name: string,
  open: () => Promise<{ readonly provider: SqlProvider; readonly dispose: () => Promise<void> }>,
): void {
  describe(`what is forgotten on ${name}`, () => {
    let given: Awaited<ReturnType<typeof open>>;
    let database: Database<IngestSchema>;
    let book: StudyBook;
    beforeEach(async () => {
      given = await open();
      database = await given.provider.open<IngestSchema>(serviceName, ingestMigrations);
      book = sqlStudyBook(database);
    });
    afterEach(() => given.dispose());

    const record = (facts: readonly ImagingFact[]) => book.record(observationsOf(facts), settings, start);
    const settle = (now: number) => book.settleDue(now);
    const pruneAll = async (before: number, now = before + days(30)): Promise<number> => {
      let all = 0;
      for (let count = await prune(database, before, now); count > 0; count = await prune(database, before, now))
        all += count;
      return all;
    };
    const rowsOf = async (table: string): Promise<number> => {
      const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(database.query);
      return Number(rows[0]?.n);
    };
    const settled = async (): Promise<EventData<'study.settled'>[]> => {
      const { rows } = await sql<{ value: string }>`select value from ingest_outbox order by sequence`.execute(
        database.query,
      );
      return rows
        .map(({ value }) => JSON.parse(value) as KnownEvent)
        .filter(({ type }) => type.startsWith('study.settled'))
        .map(({ data }) => data as EventData<'study.settled'>);
    };
    const details = async () =>
      Promise.all(['ingest_instance', 'ingest_content', 'ingest_step', 'ingest_awaited'].map(rowsOf));

    test('of a settled study that is silent its instances, contents and steps go', async () => {
      await record([
        observed(1, 1, [1, 2], start, { digest: 'a' }),
        observed(1, 1, [1], start + 1, { digest: 'b' }),
        announced(1, 'completed', [{ series: 1, instances: [1, 2, 3] }], start + 2),
      ]);
      await settle(start + 200);
      expect(await details()).toEqual([2, 2, 1, 1]);
      await pruneAll(start);
      expect(await details()).toEqual([2, 2, 1, 1]);
      expect(await pruneAll(start + days(1))).toBe(1);
      expect([await details(), await rowsOf('ingest_study')]).toEqual([[0, 0, 0, 0], 1]);
    });

    test('a study that is not settled keeps everything, however old', async () => {
      await record([observed(1, 1, [1], start)]);
      expect(await pruneAll(start + days(1))).toBe(0);
      expect(await rowsOf('ingest_instance')).toBe(1);
      await settle(start + 200);
      expect(await settled()).toMatchObject([{ version: 1 }]);
    });

    test('a late series makes the next version, with all series and modalities of the study', async () => {
      await record([observed(1, 1, [1], start, { modality: 'CT' })]);
      await settle(start + 200);
      await pruneAll(start + days(1));
      const late = start + days(40);
      await record([observed(1, 2, [9], late, { modality: 'MR' })]);
      await settle(late + 29);
      await settle(late + 30);
      expect(await settled()).toMatchObject([
        { version: 1 },
        {
          version: 2,
          by: 'quiet',
          imagesCompleteAt: late,
          modalities: ['CT', 'MR'],
          seriesInstanceUids: ['1.2.1.1', '1.2.1.2'],
        },
      ]);
    });

    test('a late image of a series that was there makes a version too', async () => {
      await record([observed(1, 1, [1, 2, 3], start)]);
      await settle(start + 200);
      await pruneAll(start + days(1));
      await record([observed(1, 1, [4], start + days(40))]);
      await settle(start + days(40) + 30);
      expect(await settled()).toMatchObject([{ version: 1 }, { version: 2 }]);
    });

    test('the log read again makes no version, before and after something late came', async () => {
      const facts = [
        observed(1, 1, [1, 2], start),
        announced(
          1,
          'available',
          [
            { series: 2, count: 7 },
            { series: 3, instances: [5] },
          ],
          start + 1,
        ),
        announced(1, 'completed', [{ series: 1, instances: [1, 2] }], start + 2),
      ];
      await record(facts);
      await settle(start + 200);
      await pruneAll(start + days(1));
      await record(facts);
      expect(await book.nextDueAt()).toBeUndefined();
      const late = observed(1, 4, [8], start + days(40));
      await record([late]);
      await settle(start + days(41));
      await record([...facts, late]);
      expect(await book.nextDueAt()).toBeUndefined();
      expect((await settled()).map(({ version }) => version)).toEqual([1, 2]);
    });

    test('images that are sent again do not count twice for a required series', async () => {
      await record([observed(1, 1, [1, 2], start, thin), observed(1, 2, [3], start, bone)]);
      await settle(start + 200);
      await pruneAll(start + days(1));
      const late = start + days(40);
      await record([observed(1, 1, [1], late, thin), observed(1, 2, [3], late, bone)]);
      await settle(late + 10);
      expect(await settled()).toHaveLength(1);
      await settle(late + 30);
      expect((await settled()).map(({ by }) => by)).toEqual(['required-series', 'quiet']);
    });

    test('what a step waits for stays while another study of the step is not forgotten', async () => {
      await record([
        announced(1, 'completed', [{ series: 1, instances: [1, 2] }], start, { step: 7 }),
        announced(2, 'completed', [{ series: 1, instances: [1, 2] }], start + days(5), { step: 7, of: 1 }),
      ]);
      await settle(start + days(6));
      await pruneAll(start + days(1));
      expect([await rowsOf('ingest_step'), await rowsOf('ingest_awaited')]).toEqual([1, 2]);
      await pruneAll(start + days(7));
      expect([await rowsOf('ingest_step'), await rowsOf('ingest_awaited')]).toEqual([0, 0]);
    });

    test('more studies than one round takes all go', async () => {
      await record(Array.from({ length: prunedPerRound + 20 }, (_, n) => observed(n + 1, 1, [1], start)));
      await settle(start + 200);
      await settle(start + 200);
      expect(await pruneAll(start + days(1))).toBe(prunedPerRound + 20);
      expect(await rowsOf('ingest_instance')).toBe(0);
    });

    test('a database from before pruning keeps the age of its studies', async () => {
      const old = await open();
      const { '0005-retention': _later, ...before } = ingestMigrations;
      const { query } = await old.provider.open<IngestSchema>(serviceName, before);
      for (const [key, at] of [
        ['recent', start],
        ['old', start - days(9)],
      ] as const) {
        await sql`insert into ingest_study (study_key, site, study_uid, version) values (${key}, 'EX', '1.2', 1)`.execute(
          query,
        );
        await sql`insert into ingest_series (study_key, series_uid, last_at) values (${key}, '1.2.1', ${at})`.execute(
          query,
        );
        await sql`insert into ingest_instance (study_key, sop_uid) values (${key}, '1.2.1.1')`.execute(query);
      }
      await retentionMigration.up(query);
      const upgraded = {
        ...database,
        query,
        transaction: (work) => query.transaction().execute(work),
      } as typeof database;
      expect(await prune(upgraded, start, start + days(30))).toBe(1);
      expect(await query.selectFrom('ingest_instance').select('study_key').execute()).toEqual([
        { study_key: 'recent' },
      ]);
      await old.dispose();
    });

    describe('orders and studies that wait for each other', () => {
      const limits = [{ site: '*', orderWithoutImagesMs: 1_000, imagesWithoutOrderMs: 1_000 }];
      const matchBook = () => sqlMatchBook(database, { keys, limits });
      const placed = (order: string, at: number, requestedAt: number | null): EventOf<'order.placed'> =>
        ({
          id: `retention-${order}-${at}`,
          type: 'order.placed',
          source: 'test',
          site: 'EX',
          key: keys.of('order', 'EX', order),
          stamp: { observedAt: at, ingestId: 'test-retention', seq: at },
          data: {
            orderNumber: { placer: order, filler: null },
            accessionNumbers: [order],
            studyInstanceUid: null,
            status: null,
            requestedAt,
          },
        }) as unknown as EventOf<'order.placed'>;
      const standing = async () =>
        (await readOperations(database.query, undefined, Number.MAX_SAFE_INTEGER))
          .filter(({ clearedAt }) => clearedAt === null)
          .map(({ kind, count }) => `${kind} ${count}`);

      test('an order whose images never came is told no more once it is forgotten, and the notice ends', async () => {
        await matchBook().record([placed('A1', start, start), placed('A2', start + days(5), null)]);
        await matchBook().runDue(start + days(6));
        expect(await standing()).toEqual(['order-without-images 2']);
        await pruneAll(start + days(1));
        expect(await matchBook().nextDueAt()).toBe(0);
        await matchBook().runDue(start + days(31));
        expect(await standing()).toEqual(['order-without-images 1']);
        await pruneAll(start + days(6));
        await matchBook().runDue(start + days(36));
        expect([await standing(), await rowsOf('ingest_awaited_link')]).toEqual([[], 0]);
        expect(await rowsOf('ingest_operation')).toBe(1);
        await prune(database, start + days(40), start + days(70));
        expect(await rowsOf('ingest_operation')).toBe(0);
      });

      test('an order that is scheduled for later is kept', async () => {
        await matchBook().record([placed('A1', start, start + days(90))]);
        expect(await pruneAll(start + days(60))).toBe(0);
        expect(await pruneAll(start + days(91))).toBe(1);
      });

      test('studies go with their links, but not while images still come', async () => {
        await matchBook().record([observed(1, 1, [1], start), observed(2, 1, [1], start)]);
        await matchBook().record([observed(2, 1, [2], start + days(20))]);
        const links = await rowsOf('ingest_awaited_link');
        expect(await pruneAll(start + days(1))).toBe(1);
        expect([await rowsOf('ingest_awaited_study'), await rowsOf('ingest_awaited_link')]).toEqual([1, links / 2]);
      });

      test('rows from before their age was kept count from now on', async () => {
        await matchBook().record([placed('A1', start, null), observed(1, 1, [1], start)]);
        await sql`update ingest_awaited_order set last_at = null`.execute(database.query);
        await sql`update ingest_awaited_study set last_at = null`.execute(database.query);
        expect(await pruneAll(start + days(50), start + days(80))).toBe(0);
        expect(await pruneAll(start + days(81), start + days(111))).toBe(2);
      });
    });
  });
}
