import { compareStamps } from '@voorrang/kernel';
import type { Trx } from '../../application/ports.ts';
import { newestStamp } from '../../domain/facts-document.ts';
import { documentOf } from './rows.ts';
import type { NotifierSchema } from './schema.ts';

export type OrderRow = NotifierSchema['notifier_order'];

/** The orders of each study at its site, newest first: those that name it, and those that share an accession number with it. */
export async function ordersOfStudies(
  trx: Trx,
  studies: readonly { readonly study_id: string; readonly site: string }[],
): Promise<(studyId: string) => readonly OrderRow[]> {
  const ids = studies.map(({ study_id }) => study_id);
  if (ids.length === 0) return () => [];
  const shared = await trx
    .selectFrom('notifier_accession as ours')
    .innerJoin('notifier_accession as theirs', 'theirs.accession_key', 'ours.accession_key')
    .select(['ours.entity as study', 'theirs.entity as order'])
    .where('ours.entity', 'in', ids)
    .where('ours.kind', '=', 'study')
    .where('theirs.kind', '=', 'order')
    .execute();
  const named = [...new Set(shared.map(({ order }) => order))];
  const rows = await trx
    .selectFrom('notifier_order')
    .selectAll()
    .where((where) =>
      where.or([where('study_id', 'in', ids), ...(named.length === 0 ? [] : [where('order_key', 'in', named)])]),
    )
    .execute();
  const links = new Set(shared.map(({ study, order }) => JSON.stringify([study, order])));
  const sites = new Map(studies.map(({ study_id, site }) => [study_id, site]));
  const sorted = rows
    .map((row) => ({ row, stamp: newestStamp(documentOf(row.document)) }))
    .toSorted((a, b) => compareStamps(b.stamp, a.stamp))
    .map(({ row }) => row);
  return (studyId) =>
    sorted.filter(
      (row) =>
        row.site === sites.get(studyId) &&
        (row.study_id === studyId || links.has(JSON.stringify([studyId, row.order_key]))),
    );
}
