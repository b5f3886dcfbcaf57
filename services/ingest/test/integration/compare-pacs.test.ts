import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EventOf } from '@voorrang/contracts';
import { hours, VoorrangError } from '@voorrang/kernel';
import { silentLogger } from '@voorrang/platform';
import type { PacsPeer } from '@voorrang/protocol';
import type { Database } from '@voorrang/sql';
import { sql } from 'kysely';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { readOperations } from '../../src/adapters/sql/watch/operations.ts';
import { sqlComparisonBook } from '../../src/adapters/sql/watch/sql-comparison-book.ts';
import { sqlMatchBook } from '../../src/adapters/sql/watch/sql-match-book.ts';
import { comparePacs } from '../../src/application/watch/compare-pacs.ts';
import { operationView } from '../../src/application/watch/operation-view.ts';
import type { PacsQuery, PacsSeries, PacsStudy } from '../../src/application/watch/pacs.ts';
import { watchedSenders } from '../../src/application/watch/watched-senders.ts';
import { keys, seriesData } from '../builders.ts';
import { ownSqlite } from '../contract/engines.ts';

const peer: PacsPeer = {
  name: 'expacs',
  site: 'EX',
  atMinute: 150,
  modalities: ['CT'],
  query: { kind: 'qido-rs', url: 'http://pacs' },
};
const start = Date.parse('2026-03-03T08:00:00Z');
const timeZoneOf = () => 'Europe/Amsterdam';
const noSenders = watchedSenders({
  senders: { dicom: [], hl7: [], fallback: { authority: 'A', charset: '8859/1' } },
  sites: {},
});

type Kept = { readonly date: string; readonly study: PacsStudy; readonly series: readonly PacsSeries[] };

/** A PACS in memory that keeps what it is given. */
class MemoryPacs implements PacsQuery {
  readonly kept = new Map<string, Kept>();
  failing: VoorrangError | undefined;
  open = 0;

  keep(uid: string, date: string, images: Readonly<Record<string, number>>): void {
    const study = {
      studyInstanceUid: uid,
      accessionNumber: null,
      modalities: Object.keys(images),
      description: null,
      startedAt: date,
      images: Object.values(images).reduce((sum, n) => sum + n, 0),
    };
    const series = Object.entries(images).map(([modality, n], index) => ({
      seriesInstanceUid: `${uid}.${index}`,
      modality,
      description: null,
      images: n,
      retrieveAe: null,
    }));
    this.kept.set(uid, { date, study, series });
  }
  async studiesOf(date: string, modalities: readonly string[]): Promise<readonly PacsStudy[]> {
    return [...this.kept.values()]
      .filter((one) => one.date === date && one.study.modalities.some((modality) => modalities.includes(modality)))
      .map(({ study }) => study);
  }
  async study(uid: string): Promise<PacsStudy | null> {
    return this.kept.get(uid)?.study ?? null;
  }
  async series(uid: string): Promise<readonly PacsSeries[]> {
    if (this.failing !== undefined) throw this.failing;
    return this.kept.get(uid)?.series ?? [];
  }
  async close(): Promise<void> {
    this.open -= 1;
  }
}

describe('the comparison with a PACS', () => {
  let given: Awaited<ReturnType<typeof ownSqlite>>;
  let database: Database<IngestSchema>;
  let pacs: MemoryPacs;
  beforeEach(async () => {
    given = await ownSqlite();
    database = await given.provider.open<IngestSchema>(serviceName, ingestMigrations);
    pacs = new MemoryPacs();
  });
  afterEach(() => given.dispose());

  const book = () => sqlComparisonBook(database, { keys, peers: [peer], timeZoneOf });
  /** Compares when it is due; gives what was told. */
  async function night(now: number): Promise<string[]> {
    const deps = {
      book: book(),
      open: async () => {
        pacs.open += 1;
        return pacs;
      },
      logger: silentLogger,
      timeZoneOf,
    };
    for (const { fromDay } of await book().due(now)) {
      await comparePacs(deps, peer, fromDay, now, new AbortController().signal);
    }
    expect(pacs.open).toBe(0);
    const notices = await readOperations(database.query, 'EX', Number.MAX_SAFE_INTEGER);
    return notices.map(({ kind, count }) => `${kind} ${count}`).sort();
  }
  const announced = async (): Promise<string[]> => {
    const { rows } = await sql<{ value: string }>`select value from ingest_outbox order by sequence`.execute(
      database.query,
    );
    return rows
      .map(({ value }) => JSON.parse(value))
      .filter(({ type }) => type === 'images.announced.v1')
      .map(({ data }) => data.studyInstanceUid);
  };
  async function images(study: number, at: number, count: number): Promise<void> {
    const instances = Array.from({ length: count }, (_, index) => index + 1);
    const event: EventOf<'series.observed'> = {
      id: `i-${study}`,
      type: 'series.observed',
      source: 'test',
      site: 'EX',
      key: keys.study('EX', `1.2.${study}`),
      stamp: { observedAt: at, ingestId: 'test', seq: study },
      data: seriesData(study, 1, instances),
    };
    await sqlMatchBook(database, { keys, limits: [] }).record([event]);
    for (const { sopInstanceUid } of event.data.instances) {
      await sql`insert into ingest_instance (study_key, sop_uid, digest) values (${event.key}, ${sopInstanceUid}, 'd')`.execute(
        database.query,
      );
    }
  }
  /** The first day that counts is the one after the start, so its night is the second. */
  const second = Date.parse('2026-03-05T01:30:00Z');
  const day = '20260304';
  const onDay = Date.parse('2026-03-04T10:00:00Z');

  test('tells what either side lacks of the day that is over, and nothing of days before we listened', async () => {
    await book().begin(start);
    pacs.keep('1.2.90', '20260303', { CT: 3 });
    expect(await night(Date.parse('2026-03-04T01:30:00Z'))).toEqual([]);
    await images(1, onDay, 3);
    await images(2, onDay, 3);
    await images(3, onDay, 2);
    await images(4, onDay, 1);
    pacs.keep('1.2.1', day, { CT: 3, SR: 2, PR: 1 });
    pacs.keep('1.2.3', day, { CT: 5 });
    pacs.keep('1.2.4', '20190101', { CT: 1 });
    pacs.keep('1.2.50', day, { CT: 9, SR: 1 });
    pacs.keep('1.2.51', day, { MR: 9 });
    expect(await night(second)).toEqual(['missing-at-pacs 1', 'missing-here 2']);
    expect(await announced()).toEqual(['1.2.50']);
    const [here] = (await readOperations(database.query, 'EX', 0)).filter(({ kind }) => kind === 'missing-here');
    expect(here?.detail).toMatchObject({ incomplete: 1 });
  });

  test('a study that comes to the PACS later, and images that come here later, end the notices', async () => {
    await book().begin(start);
    await images(2, onDay, 3);
    pacs.keep('1.2.50', day, { CT: 9 });
    expect(await night(second)).toEqual(['missing-at-pacs 1', 'missing-here 1']);
    pacs.keep('1.2.2', day, { CT: 3 });
    await images(50, second + 5, 9);
    await book().retell(second + 10);
    expect(await night(second + hours(24))).toEqual([]);
    expect(await announced()).toEqual(['1.2.50']);
  });

  test('one that breaks off leaves nothing but its failure, and the next one begins again', async () => {
    await book().begin(start);
    pacs.keep('1.2.50', day, { CT: 9 });
    pacs.failing = new VoorrangError('VRG_DICOM_PEER_UNAVAILABLE');
    expect(await night(second)).toEqual(['pacs-comparison-failed 1']);
    expect(await announced()).toEqual([]);
    pacs.failing = undefined;
    expect(await night(second + 59_999)).toEqual(['pacs-comparison-failed 1']);
    expect(await night(second + 60_000)).toEqual(['missing-here 1']);
    expect(await announced()).toEqual(['1.2.50']);
  });

  test('more than one comparison may put onto the list follow hour by hour, also after restarts, until none remains', async () => {
    await book().begin(start);
    for (let study = 1; study <= 1_101; study += 1) pacs.keep(`1.2.${study}`, day, { CT: 1 });
    const remaining = async (): Promise<unknown> =>
      (await readOperations(database.query, 'EX', 0)).find(({ kind }) => kind === 'missing-here')?.detail.remaining;
    expect([await night(second), await remaining()]).toEqual([['missing-here 1101'], 601]);
    const [told] = await readOperations(database.query, 'EX', 0);
    expect(told && operationView(told, noSenders).text.en).toBe(
      '1101 studies in PACS expacs did not come here, or not with all images; 601 of them are not on the list yet',
    );
    await book().begin(second + 1);
    expect(await book().due(second + hours(1) - 1)).toEqual([]);
    expect([await night(second + hours(1)), await remaining()]).toEqual([['missing-here 1101'], 101]);
    await images(999, second + hours(1) + 5, 1);
    expect([await night(second + hours(2)), await remaining()]).toEqual([['missing-here 1100'], 0]);
    const uids = await announced();
    expect([uids.length, new Set(uids).size]).toEqual([1_100, 1_100]);
    expect(await book().due(second + hours(24) - 1)).toEqual([]);
    expect(await book().due(second + hours(24))).toEqual([{ name: 'expacs', fromDay: 20260305 }]);
  });

  test('nights that were missed are made up for, no more than a week of them', async () => {
    await book().begin(start);
    pacs.keep('1.2.60', '20260304', { CT: 1 });
    pacs.keep('1.2.61', '20260310', { CT: 1 });
    pacs.keep('1.2.62', '20260313', { CT: 1 });
    expect(await night(Date.parse('2026-03-14T09:00:00Z'))).toEqual(['missing-here 2']);
    expect(await announced()).toEqual(['1.2.61', '1.2.62']);
  });
});
