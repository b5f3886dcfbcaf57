import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { OutgoingRecord } from '@voorrang/bus';
import { decodeEvent, type KnownEvent } from '@voorrang/contracts';
import { opaqueKeys } from '@voorrang/kernel';
import { createMetrics, silentLogger } from '@voorrang/platform';
import { type Database, type SqlProvider, sharedMigrations, sqliteProvider } from '@voorrang/sql';
import { FakeClock, type TempDirectory, tempDirectory } from '@voorrang/testing';
import fc from 'fast-check';
import { sql } from 'kysely';
import { notifierMigrations } from '../../src/adapters/sql/migrations.ts';
import type { NotifierSchema } from '../../src/adapters/sql/schema.ts';
import { listAlerts } from '../../src/application/alert-view.ts';
import { inTransaction } from '../../src/application/in-transaction.ts';
import { onEvents } from '../../src/application/on-events.ts';
import type { Notifier } from '../../src/application/ports.ts';
import { FactWriter } from '../support/facts.ts';
import { storyProtocol } from '../support/story-protocol.ts';

const clock = new FakeClock();
const keys = opaqueKeys('any order');
const write = new FactWriter(keys, () => clock.now());
let directory: TempDirectory;
let provider: SqlProvider;
let database: Database<NotifierSchema>;
let notifier: Notifier;

beforeAll(async () => {
  directory = await tempDirectory();
  provider = sqliteProvider({ directory: directory.path });
  database = await provider.open('notifier', { ...sharedMigrations('notifier'), ...notifierMigrations });
  const protocol = await storyProtocol({ teams: ['STROKE'] });
  const rest = { clock, keys, logger: silentLogger, metrics: createMetrics(), channels: {}, nudge: () => undefined };
  notifier = { database, protocol, ...rest };
});
afterAll(async () => {
  await provider.close();
  await directory.remove();
});

const tables = [
  ...['study', 'order', 'accession', 'patient', 'visit', 'run', 'awaited', 'verdict', 'alert'],
  ...['merge', 'contribution', 'step', 'page', 'act', 'inbox', 'outbox'],
];

/** What people see after these facts in this order, cut into transactions of `size`: live alerts, their studies and findings. */
async function shownAfter(facts: readonly OutgoingRecord[], size: number): Promise<unknown> {
  for (const table of tables) await sql.raw(`delete from notifier_${table}`).execute(database.query);
  const events = facts
    .map(({ value }) => decodeEvent(value))
    .flatMap((d): KnownEvent[] => (d.kind === 'event' ? [d.event] : []));
  for (let at = 0; at < events.length; at += size) {
    await inTransaction(notifier, (work) => onEvents(work, events.slice(at, at + size)));
  }
  const alerts = await listAlerts(notifier, { limit: 50 });
  return alerts
    .filter(({ state }) => state === 'open')
    .map(({ team, severity, studies, findings }) => ({ team, severity, studies, findings }))
    .toSorted((a, b) => (JSON.stringify(a.studies) < JSON.stringify(b.studies) ? -1 : 1));
}

/** Two patients that become one, a visit over two studies of which one has no order, a third study of another patient, a correction, a withdrawal, a verdict. */
const facts = [
  write.images('s1', 'p1', { accession: 'A1' }),
  write.images('s2', 'p2', { accession: 'A2' }),
  write.images('s3', 'p3', { accession: 'A3' }),
  write.order('O1', 'p1', { accession: 'A1', visit: 'V1', strokeCode: true }),
  write.order('O3', 'p3', { accession: 'A3', visit: 'V3' }),
  write.run('s1', 'ICH', 'negative'),
  write.run('s1', 'LVO', 'positive'),
  write.runWithId('again', 's2', 'LVO', 'positive', { location: 'left' }),
  write.runWithId('better', 's2', 'LVO', 'positive', { replaces: 'again', location: 'right' }),
  write.run('s3', 'LVO', 'positive'),
  write.run('s3', 'ICH', 'inconclusive'),
  write.runWithId('wrong', 's3', 'LVO', 'positive'),
  write.withdrawn('s3', 'wrong'),
  write.runWithId('doubted', 's1', 'ICH', 'positive'),
  write.verdict('s1', 'doubted', 'ICH', 'disagree'),
  write.awaited('run.expected', 's1', 'CT_PERFUSION_DEFICIT'),
  write.awaited('run.overdue', 's1', 'CT_PERFUSION_DEFICIT'),
  write.merged('p2', 'p1'),
  write.settled('s1'),
];

test('any order of the facts, with any repetition, shows the same alerts', async () => {
  const expected = await shownAfter(facts, 1);
  const groups = (expected as { studies: string[] }[]).map(({ studies }) => studies);
  expect(groups.toSorted((x, y) => x.length - y.length)).toEqual([
    [write.study('s3')],
    [write.study('s1'), write.study('s2')].sort(),
  ]);
  const anyOrder = fc
    .tuple(
      fc.shuffledSubarray(facts, { minLength: facts.length }),
      fc.shuffledSubarray(facts),
      fc.integer({ min: 1, max: 7 }),
    )
    .map(([all, some, size]) => ({ told: [...all, ...some], size }));
  await fc.assert(
    fc.asyncProperty(anyOrder, async ({ told, size }) => {
      expect(await shownAfter(told, size)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

/** Who each study is of, with its visit, and who stands for whom. */
async function linksAfter(told: readonly OutgoingRecord[], size: number): Promise<unknown> {
  await shownAfter(told, size);
  const columns = ['study_id', 'patient_key', 'visit_key', 'first_at', 'read_at'] as const;
  const studies = await database.query.selectFrom('notifier_study').select(columns).orderBy('study_id').execute();
  const patients = await database.query
    .selectFrom('notifier_patient')
    .select(['patient_key', 'into_key'])
    .orderBy('patient_key')
    .execute();
  return { studies, patients };
}

/** Merges and their undoing, one of them undone twice and one merged again; a study that is announced, and one known by its placer number. */
const linkFacts = [
  write.images('l1', 'm1', { accession: 'B1' }),
  write.announced('l2', 'm2', { accession: 'B2' }),
  write.announced('l3', null, { accession: 'B3', status: 'in-progress' }),
  write.announced('l3', null, { accession: 'B4' }),
  write.order('P1', 'm1', { accession: 'B1', visit: 'W1' }),
  write.orderByPlacer('PL', 'm3', { visit: 'W3', strokeCode: true }),
  write.order('P3', 'm3', { accession: 'B4', placer: 'PL' }),
  write.merged('m1', 'm2'),
  write.merged('m2', 'm3'),
  write.unmerged('m1', 'm2'),
  write.unmerged('m2', 'm1'),
  write.merged('m1', 'm4'),
  write.merged('m4', 'm1'),
  write.unmerged('m2', 'm3'),
  write.merged('m2', 'm3'),
  write.read('l1'),
];

test('any order of merges, their undoing, announcements and placer numbers links the studies alike', async () => {
  const expected = (await linksAfter(linkFacts, 1)) as { patients: { into_key: string | null }[] };
  expect(expected.patients.filter(({ into_key }) => into_key !== null)).toHaveLength(2);
  const anyOrder = fc
    .tuple(
      fc.shuffledSubarray(linkFacts, { minLength: linkFacts.length }),
      fc.shuffledSubarray(linkFacts),
      fc.integer({ min: 1, max: 7 }),
    )
    .map(([all, some, size]) => ({ told: [...all, ...some], size }));
  await fc.assert(
    fc.asyncProperty(anyOrder, async ({ told, size }) => {
      expect(await linksAfter(told, size)).toEqual(expected);
    }),
    { seed: 34, numRuns: 30 },
  );
});
