import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type EventBus, journalBus, runEvents } from '@voorrang/bus';
import { HostileBus, memoryParkingStore } from '@voorrang/bus/testing';
import { type EventData, type EventOf, encodeEvent } from '@voorrang/contracts';
import { nodeFileSystem } from '@voorrang/journal';
import { systemClock } from '@voorrang/kernel';
import { createMetrics, silentLogger } from '@voorrang/platform';
import { sqliteProvider } from '@voorrang/sql';
import { seededRandom, shuffled, tempDirectory } from '@voorrang/testing';
import { sql } from 'kysely';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { sqlStudyBook } from '../../src/adapters/sql/sql-study-book.ts';
import { assemble } from '../../src/application/assemble.ts';
import { seriesObserved } from '../builders.ts';

const clock = systemClock();
const settings = { settleMs: 30, hardLimitMs: 100_000, rules: [] };
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

type Bus = { readonly bus: EventBus; readonly handled: () => Promise<void> };

/** Publishes the facts, lets the assembler read them, settles everything and gives what was told. */
async function assembled(
  open: (directory: string) => Promise<Bus>,
  facts: readonly EventOf<'series.observed'>[],
): Promise<EventData<'study.settled'>[]> {
  const directory = await tempDirectory();
  cleanUps.push(() => directory.remove());
  const provider = sqliteProvider({ directory: join(directory.path, 'sql') });
  cleanUps.push(() => provider.close());
  const database = await provider.open<IngestSchema>(serviceName, ingestMigrations);
  const book = sqlStudyBook(database);
  const { bus, handled } = await open(join(directory.path, 'bus'));
  cleanUps.push(() => bus.close());
  const subscription = await runEvents({
    bus,
    group: 'ingest-assembler',
    topics: ['imaging'],
    startAt: 'committed',
    parking: memoryParkingStore(),
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
    mode: 'batch',
    handle: assemble({ book, settings, clock, onRecorded: () => {} }),
    maxBatch: 7,
  });
  cleanUps.push(() => subscription.stop());
  for (const fact of facts) await bus.publish([{ topic: 'imaging', key: fact.key, value: encodeEvent(fact) }]);
  await subscription.caughtUp();
  await handled();
  while ((await book.settleDue(clock.now())) > 0);
  const { rows } = await sql<{ value: string }>`select value from ingest_outbox order by sequence`.execute(
    database.query,
  );
  return rows.map(({ value }) => JSON.parse(value).data);
}

const studies = 6;
/** Three series of four images for each study, mixed over the studies. */
const history = (seed: number): EventOf<'series.observed'>[] => {
  const all = Array.from({ length: studies * 12 }, (_, n) =>
    seriesObserved(n % studies, 1 + (Math.floor(n / studies) % 3), [Math.floor(n / studies)], 1_000 + n),
  );
  return shuffled(all, seededRandom(seed));
};

const told = (settled: readonly EventData<'study.settled'>[]) =>
  settled
    .map(({ studyInstanceUid, version, imagesCompleteAt, seriesInstanceUids }) => [
      studyInstanceUid,
      version,
      imagesCompleteAt,
      seriesInstanceUids.length,
    ])
    .sort();
const expected = Array.from({ length: studies }, (_, study) => [
  `1.2.${study}`,
  1,
  1_000 + studies * 11 + study,
  3,
]).sort();

describe('the assembler settles every study exactly once', () => {
  test('on the journal bus', async () => {
    const open = async (directory: string): Promise<Bus> => ({
      bus: await journalBus({ directory, fileSystem: nodeFileSystem(), clock }),
      handled: async () => {},
    });
    expect(told(await assembled(open, history(1)))).toEqual(expected);
  });

  test.each([1, 2, 3, 4, 5, 6])('on a bus that interleaves, repeats and runs zombies (seed %i)', async (seed) => {
    const open = async (): Promise<Bus> => {
      const bus = new HostileBus({ seed });
      return { bus, handled: () => bus.settle() };
    };
    expect(told(await assembled(open, history(seed)))).toEqual(expected);
  });
});
