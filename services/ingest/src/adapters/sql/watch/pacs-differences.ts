import { days, type EpochMs, type OpaqueKeys } from '@voorrang/kernel';
import type { PacsPeer } from '@voorrang/protocol';
import type { Kysely, Transaction } from 'kysely';
import type { OperationChange } from '../../../application/watch/ports.ts';
import type { IngestSchema } from '../schema.ts';
import { tellOperation } from './operations.ts';

type Trx = Transaction<IngestSchema>;

/** What nobody mended in a week is told no more: the study is on the list, or at the PACS by another way. */
const toldForMs = days(7);
const shownIds = 20;

/** Studies that nobody sent here: those that were put onto the list, and those that the next comparison puts there. */
const kindsMissing = ['missing-here', 'remaining-here'];

/** Differences whose images came since. */
const arrived = (query: Kysely<IngestSchema>) =>
  query
    .selectFrom('ingest_pacs_difference as difference')
    .innerJoin('ingest_awaited_study as study', 'study.study_key', 'difference.study_key')
    .select(['difference.study_key as key'])
    .where('difference.kind', 'in', kindsMissing)
    .where('study.images', '=', 1);

/** Whether images came that were told missing. */
export const differencesChanged = async (query: Kysely<IngestSchema>): Promise<boolean> =>
  (await arrived(query).limit(1).execute()).length > 0;

/** Drops what is over, and brings the notices of the named PACS (and of those that are named no more) to what is left. */
export async function tellDifferences(
  trx: Trx,
  keys: OpaqueKeys,
  peers: readonly PacsPeer[],
  now: EpochMs,
): Promise<readonly OperationChange[]> {
  const over = (await arrived(trx).execute()).map(({ key }) => key);
  await trx
    .deleteFrom('ingest_pacs_difference')
    .where(({ or, eb, and }) =>
      or([
        eb('found_at', '<', now - toldForMs),
        ...(over.length === 0 ? [] : [and([eb('kind', 'in', kindsMissing), eb('study_key', 'in', over)])]),
      ]),
    )
    .execute();
  const open = await trx
    .selectFrom('ingest_operation')
    .select(['site', 'subject'])
    .where('kind', 'in', ['missing-here', 'missing-at-pacs', 'pacs-comparison-failed'])
    .where('cleared_at', 'is', null)
    .execute();
  const known = await trx.selectFrom('ingest_pacs').select('name').execute();
  const gone = open.filter(({ subject }) => !known.some(({ name }) => name === subject));
  const changes: (OperationChange | undefined)[] = [];
  for (const { site, subject } of gone) {
    for (const kind of ['missing-here', 'missing-at-pacs', 'pacs-comparison-failed'] as const)
      changes.push(await tellOperation(trx, keys, { kind, site, subject, count: 0, since: now }, now));
  }
  for (const { name, site } of peers) {
    const rows = await trx.selectFrom('ingest_pacs_difference').selectAll().where('pacs', '=', name).execute();
    for (const kind of ['missing-here', 'missing-at-pacs'] as const) {
      const mine = rows.filter((row) => (row.kind === 'missing-at-pacs') === (kind === 'missing-at-pacs'));
      const detail =
        mine.length === 0
          ? {}
          : {
              studyIds: mine
                .map(({ study_key }) => study_key)
                .sort()
                .slice(0, shownIds),
              incomplete: mine.filter((row) => row.kind === 'fewer-here').length,
              remaining: mine.filter((row) => row.kind === 'remaining-here').length,
            };
      const told = { kind, site, subject: name, count: mine.length, since: now, detail };
      changes.push(await tellOperation(trx, keys, told, now));
    }
  }
  return changes.filter((change) => change !== undefined);
}
