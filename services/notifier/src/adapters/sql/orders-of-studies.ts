import { compareStamps } from '@voorrang/kernel';
import type { Trx } from '../../application/ports.ts';
import { joinDocuments, newestStamp } from '../../domain/facts-document.ts';
import { documentOf } from './rows.ts';
import type { NotifierSchema } from './schema.ts';

export type OrderRow = NotifierSchema['notifier_order'];

/**
 * The orders of each study at its site, newest first: those that name it, and those that share an accession number with it, under their own number or
 * the placer's alone. An order has what was told of it under its placer number alone, which is then no order of its own.
 */
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
  const linked = await trx
    .selectFrom('notifier_order')
    .selectAll()
    .where((where) =>
      where.or([where('study_id', 'in', ids), ...(named.length === 0 ? [] : [where('order_key', 'in', named)])]),
    )
    .execute();
  const rows = await withFamily(trx, linked);
  const links = new Set(shared.map(({ study, order }) => JSON.stringify([study, order])));
  const sites = new Map(studies.map(({ study_id, site }) => [study_id, site]));
  const byKey = new Map(rows.map((row) => [row.order_key, row]));
  const takenOver = new Set(rows.flatMap(({ placer_key }) => placer_key ?? []));
  const orders = rows
    .filter(({ order_key }) => !takenOver.has(order_key))
    .map((row) => wholeOrder(row, byKey.get(row.placer_key ?? '')))
    .toSorted((a, b) => compareStamps(b.stamp, a.stamp));
  const names = (row: OrderRow, studyId: string): boolean =>
    row.study_id === studyId || links.has(JSON.stringify([studyId, row.order_key]));
  return (studyId) =>
    orders
      .filter(({ row, parts }) => row.site === sites.get(studyId) && parts.some((part) => names(part, studyId)))
      .map(({ row }) => row);
}

/** These orders, what was told of them under their placer number alone, and those that took such a one over. */
async function withFamily(trx: Trx, rows: readonly OrderRow[]): Promise<readonly OrderRow[]> {
  if (rows.length === 0) return [];
  const keys = rows.map(({ order_key }) => order_key);
  const placers = rows.flatMap(({ placer_key }) => placer_key ?? []);
  return trx
    .selectFrom('notifier_order')
    .selectAll()
    .where((where) => where.or([where('order_key', 'in', [...keys, ...placers]), where('placer_key', 'in', keys)]))
    .execute();
}

function wholeOrder(own: OrderRow, before: OrderRow | undefined) {
  const parts = before === undefined ? [own] : [own, before];
  const document = joinDocuments(parts.map((part) => documentOf(part.document)));
  const row = {
    ...own,
    study_id: own.study_id ?? before?.study_id ?? null,
    patient_key: own.patient_key ?? before?.patient_key ?? null,
    visit_key: own.visit_key ?? before?.visit_key ?? null,
    report_json: own.report_json ?? before?.report_json ?? null,
    document: JSON.stringify(document),
  };
  return { row, parts, stamp: newestStamp(document) };
}

/** The studies that each of these orders names, or shares an accession number with, under its own number or its placer's alone. */
export async function studiesOfOrders(
  trx: Trx,
  orderKeys: readonly string[],
): Promise<(orderKey: string) => readonly string[]> {
  const known = await trx
    .selectFrom('notifier_order')
    .selectAll()
    .where('order_key', 'in', [...orderKeys])
    .execute();
  const family = await withFamily(trx, known);
  const byAccession = await trx
    .selectFrom('notifier_accession as ours')
    .innerJoin('notifier_accession as theirs', 'theirs.accession_key', 'ours.accession_key')
    .select(['ours.entity as order', 'theirs.entity as study'])
    .where(
      'ours.entity',
      'in',
      family.map(({ order_key }) => order_key),
    )
    .where('ours.kind', '=', 'order')
    .where('theirs.kind', '=', 'study')
    .execute();
  return (orderKey) => {
    const placer = known.find(({ order_key }) => order_key === orderKey)?.placer_key;
    const isOfIt = (row: OrderRow): boolean =>
      row.order_key === orderKey || row.order_key === placer || row.placer_key === orderKey;
    const rows = family.filter(isOfIt);
    const keys = new Set(rows.map(({ order_key }) => order_key));
    const shared = byAccession.filter(({ order }) => keys.has(order)).map(({ study }) => study);
    return [...new Set([...shared, ...rows.flatMap(({ study_id }) => study_id ?? [])])];
  };
}
