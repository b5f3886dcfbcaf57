import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type EventBus, journalBus, runEvents } from '@voorrang/bus';
import { HostileBus, memoryParkingStore } from '@voorrang/bus/testing';
import { type EventData, encodeEvent } from '@voorrang/contracts';
import { nodeFileSystem } from '@voorrang/journal';
import { minutes, systemClock } from '@voorrang/kernel';
import { createMetrics, silentLogger } from '@voorrang/platform';
import { sqliteProvider } from '@voorrang/sql';
import { tempDirectory } from '@voorrang/testing';
import { sql } from 'kysely';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { sqlStudyBook } from '../../src/adapters/sql/sql-study-book.ts';
import { assemble } from '../../src/application/assemble.ts';
import type { ImagingFact } from '../../src/domain/observations.ts';
import { announced, bone, headRule, observed, thin } from '../life-builders.ts';

const clock = systemClock();
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const quiet = minutes(0.5);
const settings = { settleMs: quiet, hardLimitMs: minutes(30), rules: [{ ...headRule, quietMs: minutes(0.25) }] };
const at = (minute: number): number => minutes(1_000) + minutes(minute);

/** An assembler on a bus. Instants are those of the facts: time passes only when the story says so. */
async function assembler(bus: EventBus, handled: () => Promise<void>) {
  const directory = await tempDirectory();
  cleanUps.push(() => directory.remove());
  const provider = sqliteProvider({ directory: join(directory.path, 'sql') });
  cleanUps.push(() => provider.close());
  const database = await provider.open<IngestSchema>(serviceName, ingestMigrations);
  const book = sqlStudyBook(database);
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
    maxBatch: 3,
  });
  cleanUps.push(() => subscription.stop());
  const outbox = async () => {
    const { rows } = await sql<{ value: string }>`select value from ingest_outbox order by sequence`.execute(
      database.query,
    );
    return rows.map(({ value }) => JSON.parse(value) as { type: string; site: string; data: unknown });
  };
  return {
    tell: async (...facts: readonly ImagingFact[]): Promise<void> => {
      for (const fact of facts) await bus.publish([{ topic: 'imaging', key: fact.key, value: encodeEvent(fact) }]);
      await subscription.caughtUp();
      await handled();
    },
    /** Lets time pass up to a minute: everything that falls due until then is settled when it does. */
    until: async (minute: number): Promise<void> => {
      for (let due = await book.nextDueAt(); due !== undefined && due <= at(minute); due = await book.nextDueAt())
        await book.settleDue(due);
    },
    versions: async (study: number) =>
      (await outbox())
        .filter(({ type }) => type.startsWith('study.settled'))
        .map(({ data }) => data as EventData<'study.settled'>)
        .filter(({ studyInstanceUid }) => studyInstanceUid === `1.2.${study}`)
        .map(({ version, by, seriesInstanceUids }) => `${version} ${by}, ${seriesInstanceUids.length} series`),
    conflicts: async () =>
      [
        ...new Set(
          (await outbox())
            .filter(({ type }) => type.startsWith('study.conflicted'))
            .map(({ site, data }) => [site, data as EventData<'study.conflicted'>] as const)
            .map(([site, { studyInstanceUid, kind, otherSite }]) =>
              [site, studyInstanceUid, kind, otherSite].filter(Boolean).join(' '),
            ),
        ),
      ].sort(),
  };
}

/** Everything that may happen to a study, told on one bus. */
async function lives(bus: EventBus, handled: () => Promise<void>): Promise<void> {
  const { tell, until, versions, conflicts } = await assembler(bus, handled);

  // Study 1 grows over an hour: a version whenever it has been quiet.
  for (let minute = 0; minute < 60; minute += 15) {
    await tell(observed(1, minute + 1, [1, 2], at(minute)), observed(1, minute + 1, [2, 3], at(minute + 0.2)));
    await until(minute + 5);
  }
  expect(await versions(1)).toEqual([
    '1 quiet, 1 series',
    '2 quiet, 2 series',
    '3 quiet, 3 series',
    '4 quiet, 4 series',
  ]);

  // Study 2 comes from two senders: the same content is nothing, another one is a contradiction, and neither makes a version.
  await tell(observed(2, 1, [1, 2], at(0), { digest: 'a' }));
  await until(2);
  await tell(observed(2, 1, [1, 2], at(3), { digest: 'a', sender: { callingAe: 'EXPACS', calledAe: 'VOORRANG' } }));
  expect(await conflicts()).toEqual([]);
  await tell(observed(2, 1, [2], at(4), { digest: 'b', sender: { callingAe: 'EXPACS', calledAe: 'VOORRANG' } }));
  await until(10);
  expect(await versions(2)).toEqual(['1 quiet, 1 series']);
  expect(await conflicts()).toEqual(['EX 1.2.2 instance-content']);

  // Study 3 comes from two sites: two studies, and each is told of the other.
  await tell(observed(3, 1, [1], at(0)), observed(3, 1, [1], at(1), { site: 'NORTH' }));
  await until(10);
  expect(await versions(3)).toEqual(['1 quiet, 1 series', '1 quiet, 1 series']);
  expect((await conflicts()).slice(1)).toEqual(['EX 1.2.3 two-sites NORTH', 'NORTH 1.2.3 two-sites EX']);

  // Study 4 has its required series while a reconstruction still runs; that comes as a late series after the alert.
  await tell(observed(4, 1, [1, 2], at(0), thin), observed(4, 2, [1], at(0.1), bone), observed(4, 3, [1], at(0.3)));
  await until(0.36);
  await tell(observed(4, 4, [1], at(20)));
  await until(30);
  expect(await versions(4)).toEqual(['1 required-series, 3 series', '2 quiet, 4 series']);

  // Study 5 is completed before its last image, study 6 after it, study 7 is discontinued.
  const made = [{ series: 1, instances: [1, 2] }];
  await tell(announced(5, 'in-progress', [], at(0), { step: 5 }), observed(5, 1, [1], at(0.1)));
  await tell(announced(5, 'completed', made, at(0.2), { step: 5 }), observed(5, 1, [2], at(0.3)));
  await tell(announced(6, 'in-progress', [], at(0), { step: 6 }), observed(6, 1, [1, 2], at(0.1)));
  await tell(announced(6, 'completed', made, at(0.3), { step: 6 }));
  await until(0.31);
  expect([await versions(5), await versions(6)]).toEqual([
    ['1 completed-by-technologist, 1 series'],
    ['1 completed-by-technologist, 1 series'],
  ]);
  await tell(announced(7, 'in-progress', [], at(0), { step: 7 }), observed(7, 1, [1], at(0.1)));
  await tell(announced(7, 'discontinued', made, at(0.2), { step: 7 }));
  await until(5);
  expect(await versions(7)).toEqual(['1 quiet, 1 series']);

  // Study 8 is known by a PACS alone; the images of study 9 come as well, one more than was announced.
  await tell(announced(8, 'available', [{ series: 1, instances: [1, 2] }], at(0)));
  await tell(announced(9, 'available', [{ series: 1, instances: [1, 2] }], at(0)));
  await until(5);
  await tell(observed(9, 1, [1, 2], at(10)));
  await until(20);
  expect([await versions(8), await versions(9)]).toEqual([['1 quiet, 1 series'], ['1 quiet, 1 series']]);
  await tell(observed(9, 1, [3], at(20)));
  await until(30);
  expect(await versions(9)).toEqual(['1 quiet, 1 series', '2 quiet, 1 series']);
  expect(await conflicts()).toHaveLength(3);
}

describe('the lives of studies', () => {
  test('on the journal bus', async () => {
    const directory = await tempDirectory();
    cleanUps.push(() => directory.remove());
    const bus = await journalBus({ directory: join(directory.path, 'bus'), fileSystem: nodeFileSystem(), clock });
    cleanUps.push(() => bus.close());
    await lives(bus, async () => {});
  });

  test.each([1, 2, 3, 4])('on a bus that interleaves, repeats and runs zombies (seed %i)', async (seed) => {
    const bus = new HostileBus({ seed });
    cleanUps.push(() => bus.close());
    await lives(bus, () => bus.settle());
  });
});
