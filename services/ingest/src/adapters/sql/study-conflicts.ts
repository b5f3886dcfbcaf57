import type { EventData, NewEvent } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { Transaction } from 'kysely';
import type { IngestSchema } from './schema.ts';

type Trx = Transaction<IngestSchema>;
/** Source of the events that the study book tells. */
export const assemblerSource = 'ingest/assembler';

type Study = { readonly study_key: string; readonly site: string; readonly study_uid: string };

/** Of instances that came with another content. `count` is over all of the study so far. */
export async function contentConflict(
  trx: Trx,
  study: Study,
  conflicting: readonly string[],
  now: EpochMs,
): Promise<NewEvent[]> {
  if (conflicting.length === 0) return [];
  const row = await trx
    .selectFrom('ingest_content')
    .select(({ fn }) => fn.count<number>('sop_uid').distinct().as('count'))
    .where('study_key', '=', study.study_key)
    .executeTakeFirst();
  const count = Math.max(1, Number(row?.count ?? 1));
  const sopInstanceUid = conflicting.toSorted()[0] ?? null;
  return [conflicted(study, { kind: 'instance-content', otherSite: null, sopInstanceUid, count, foundAt: now })];
}

/** Of a study that became known: the same UID at another site is told for both. */
export async function siteConflicts(trx: Trx, study: Study, now: EpochMs): Promise<NewEvent[]> {
  const twins = await trx
    .selectFrom('ingest_study')
    .select(['study_key', 'site', 'study_uid'])
    .where('study_uid', '=', study.study_uid)
    .where('study_key', '!=', study.study_key)
    .execute();
  const twoSites = (of: Study, otherSite: string): NewEvent =>
    conflicted(of, { kind: 'two-sites', otherSite, sopInstanceUid: null, count: 1, foundAt: now });
  return twins.flatMap((twin) => [twoSites(study, twin.site), twoSites(twin, study.site)]);
}

const conflicted = (
  { study_key, site, study_uid }: Study,
  found: Omit<EventData<'study.conflicted'>, 'studyInstanceUid'>,
): NewEvent => ({
  type: 'study.conflicted',
  source: assemblerSource,
  site,
  key: study_key,
  data: { studyInstanceUid: study_uid, ...found },
});
