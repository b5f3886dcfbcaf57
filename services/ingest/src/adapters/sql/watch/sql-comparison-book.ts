import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import { localTimeAt, type PacsPeer } from '@voorrang/protocol';
import type { Database } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import { firstDayToCompare } from '../../../application/watch/compare-pacs.ts';
import type { ComparisonBook, ComparisonResult, OperationChange, StudyHere } from '../../../application/watch/ports.ts';
import { continueAfterMs, nextAtMinute, retryAfterMs } from '../../../domain/watch/comparison.ts';
import type { IngestSchema } from '../schema.ts';
import { announceMissing } from './announce-missing.ts';
import { tellOperation } from './operations.ts';
import { differencesChanged, tellDifferences } from './pacs-differences.ts';

type Trx = Transaction<IngestSchema>;

const uidsPerQuery = 500;
const dayMs = 86_400_000;

export type ComparisonBookOptions = {
  readonly keys: OpaqueKeys;
  readonly peers: readonly PacsPeer[];
  readonly timeZoneOf: (site: string) => string;
};

/** The comparison book in the tables of `schema.ts`. Studies and their images are those of the study book and of the match book. */
export function sqlComparisonBook(database: Database<IngestSchema>, options: ComparisonBookOptions): ComparisonBook {
  const { keys, peers, timeZoneOf } = options;
  const { query } = database;
  return {
    begin: (now) => database.transaction((trx) => reconcile(trx, options, now)),
    nextDueAt: async () => {
      if (await differencesChanged(query)) return 0;
      const row = await query
        .selectFrom('ingest_pacs')
        .select(({ fn }) => fn.min('next_at').as('next_at'))
        .executeTakeFirst();
      return row?.next_at ?? undefined;
    },
    due: async (now) =>
      (
        await query
          .selectFrom('ingest_pacs')
          .select(['name', 'from_day as fromDay'])
          .where('next_at', '<=', now)
          .orderBy('name')
          .execute()
      ).filter(({ name }) => peers.some((peer) => peer.name === name)),
    here: async (site, uids) => {
      const found: StudyHere[] = [];
      for (let at = 0; at < uids.length; at += uidsPerQuery) {
        const byKey = new Map(uids.slice(at, at + uidsPerQuery).map((uid) => [keys.study(site, uid), uid]));
        const rows = await query
          .selectFrom('ingest_awaited_study')
          .leftJoin('ingest_instance', 'ingest_instance.study_key', 'ingest_awaited_study.study_key')
          .select([
            'ingest_awaited_study.study_key as key',
            'images as sent',
            ({ fn }) => fn.count('sop_uid').as('count'),
          ])
          .where('ingest_awaited_study.study_key', 'in', [...byKey.keys()])
          .where(({ or, eb }) => or([eb('images', '=', 1), eb('announced', '=', 1)]))
          .groupBy(['ingest_awaited_study.study_key', 'images'])
          .execute();
        for (const { key, sent, count } of rows)
          found.push({ studyInstanceUid: byKey.get(key) ?? '', images: sent === 1 ? Number(count) : null });
      }
      return found;
    },
    firstSeenOn: async ({ site, modalities }, day) => {
      const noon = Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100, 12);
      const rows = await query
        .selectFrom('ingest_awaited_study')
        .select(['study_uid', 'first_at', 'modalities'])
        .where('site', '=', site)
        .where('images', '=', 1)
        .where('first_at', '>=', noon - 1.5 * dayMs)
        .where('first_at', '<', noon + 1.5 * dayMs)
        .execute();
      const timeZone = timeZoneOf(site);
      return rows
        .filter(({ first_at }) => localTimeAt(first_at, timeZone).date === day)
        .filter((row) => row.modalities.split('\\').some((modality) => modalities.includes(modality)))
        .map(({ study_uid }) => study_uid);
    },
    missingAt: async (name) =>
      (
        await query
          .selectFrom('ingest_pacs_difference')
          .select('study_uid')
          .where('pacs', '=', name)
          .where('kind', '=', 'missing-at-pacs')
          .execute()
      ).map(({ study_uid }) => study_uid),
    finish: (peer, result, now) => database.transaction((trx) => finish(trx, peer, result, keys, now)),
    failed: (peer, code, now) => database.transaction((trx) => fail(trx, peer, code, keys, now)),
    retell: (now) => database.transaction((trx) => tellDifferences(trx, keys, peers, now)),
  };
}

/** A PACS that the protocol names no more is told of no more. One whose minute was changed keeps its days. */
async function reconcile(
  trx: Trx,
  { keys, peers, timeZoneOf }: ComparisonBookOptions,
  now: EpochMs,
): Promise<readonly OperationChange[]> {
  const names = peers.map(({ name }) => name);
  const known = await trx.selectFrom('ingest_pacs').selectAll().execute();
  for (const { name } of known) {
    if (names.includes(name)) continue;
    await trx.deleteFrom('ingest_pacs').where('name', '=', name).execute();
    await trx.deleteFrom('ingest_pacs_difference').where('pacs', '=', name).execute();
  }
  for (const { name, site, atMinute } of peers) {
    const timeZone = timeZoneOf(site);
    const row = known.find((each) => each.name === name);
    const nextAt = nextAtMinute(now, atMinute, (at) => localTimeAt(at, timeZone));
    if (row === undefined) {
      const fresh = { name, next_at: nextAt, from_day: firstDayToCompare(now, timeZone), failures: 0 };
      await trx
        .insertInto('ingest_pacs')
        .values({ ...fresh, compared_at: null, result: null })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    } else if (row.failures === 0 && row.next_at > nextAt) {
      await trx.updateTable('ingest_pacs').set({ next_at: nextAt }).where('name', '=', name).execute();
    }
  }
  return tellDifferences(trx, keys, peers, now);
}

async function finish(
  trx: Trx,
  peer: PacsPeer,
  result: ComparisonResult,
  keys: OpaqueKeys,
  now: EpochMs,
): Promise<readonly OperationChange[]> {
  const { name, site } = peer;
  const { reported, remaining } = await announceMissing(trx, peer, result.missingHere, keys, now);
  const found = [
    ...result.missingHere.map(({ study }) => ({
      kind: remaining.has(study.studyInstanceUid) ? 'remaining-here' : 'missing-here',
      uid: study.studyInstanceUid,
    })),
    ...result.fewerHere.map((uid) => ({ kind: 'fewer-here', uid })),
    ...result.missingAtPacs.map((uid) => ({ kind: 'missing-at-pacs', uid })),
  ].filter(({ uid }) => !reported.has(uid));
  await trx
    .deleteFrom('ingest_pacs_difference')
    .where('pacs', '=', name)
    .where('kind', '=', 'remaining-here')
    .execute();
  for (const { kind, uid } of found) {
    await trx
      .insertInto('ingest_pacs_difference')
      .values({ pacs: name, study_key: keys.study(site, uid), kind, study_uid: uid, found_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  for (const uid of result.arrivedAtPacs) {
    await trx
      .deleteFrom('ingest_pacs_difference')
      .where('pacs', '=', name)
      .where('kind', '=', 'missing-at-pacs')
      .where('study_uid', '=', uid)
      .execute();
  }
  // Days of which something remains are not done: they are compared again, and soon.
  const next =
    remaining.size > 0
      ? { next_at: Math.min(result.nextAt, now + continueAfterMs) }
      : { next_at: result.nextAt, from_day: result.nextDay };
  await trx
    .updateTable('ingest_pacs')
    .set({
      ...next,
      failures: 0,
      compared_at: now,
      result: JSON.stringify({ studies: result.comparedStudies }),
    })
    .where('name', '=', name)
    .execute();
  const failed = { kind: 'pacs-comparison-failed', site, subject: name, count: 0, since: now } as const;
  const change = await tellOperation(trx, keys, failed, now);
  return [...(change === undefined ? [] : [change]), ...(await tellDifferences(trx, keys, [peer], now))];
}

async function fail(
  trx: Trx,
  { name, site }: PacsPeer,
  code: string,
  keys: OpaqueKeys,
  now: EpochMs,
): Promise<readonly OperationChange[]> {
  const row = await trx.selectFrom('ingest_pacs').select('failures').where('name', '=', name).executeTakeFirst();
  const failures = (row?.failures ?? 0) + 1;
  await trx
    .updateTable('ingest_pacs')
    .set({ failures, next_at: now + retryAfterMs(failures) })
    .where('name', '=', name)
    .execute();
  const told = { kind: 'pacs-comparison-failed', site, subject: name, count: 1, since: now, detail: { code } } as const;
  const change = await tellOperation(trx, keys, told, now);
  return change === undefined ? [] : [change];
}
