import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { Kysely, Transaction } from 'kysely';
import type { OperationChange } from '../../../application/watch/ports.ts';
import type { IngestSchema } from '../schema.ts';
import { tellOperation } from './operations.ts';

type Trx = Transaction<IngestSchema>;

export const kinds = [
  { kind: 'order-without-images', table: 'ingest_awaited_order' },
  { kind: 'images-without-order', table: 'ingest_awaited_study' },
] as const;
/** Rows that a notice names. */
const shownIds = 20;

type Counted = { readonly kind: (typeof kinds)[number]['kind']; readonly site: string; readonly count: number };

async function counts(query: Kysely<IngestSchema>): Promise<readonly Counted[]> {
  const found: Counted[] = [];
  for (const { kind, table } of kinds) {
    const rows = await query
      .selectFrom(table)
      .select(['site', ({ fn }) => fn.countAll<number>().as('count')])
      .where('told', '=', 1)
      .groupBy('site')
      .execute();
    for (const { site, count } of rows) found.push({ kind, site, count: Number(count) });
  }
  return found;
}

const openCounts = async (query: Kysely<IngestSchema>): Promise<readonly Counted[]> =>
  (
    await query
      .selectFrom('ingest_operation')
      .select(['kind', 'site', 'count'])
      .where('cleared_at', 'is', null)
      .where(
        'kind',
        'in',
        kinds.map(({ kind }) => kind),
      )
      .execute()
  ).map((row) => ({ ...row, kind: row.kind as Counted['kind'] }));

const textOf = (list: readonly Counted[]): string =>
  list
    .map(({ kind, site, count }) => `${kind} ${site} ${count}`)
    .sort()
    .join();

/** Whether notices say another number than there are. */
export const countsDiffer = async (query: Kysely<IngestSchema>): Promise<boolean> =>
  textOf(await counts(query)) !== textOf(await openCounts(query));

export async function tellCounts(trx: Trx, keys: OpaqueKeys, now: EpochMs): Promise<readonly OperationChange[]> {
  const counted = await counts(trx);
  const places = new Set([...counted, ...(await openCounts(trx))].map(({ kind, site }) => `${kind} ${site}`));
  const changes: OperationChange[] = [];
  for (const place of places) {
    const [kind, site = ''] = place.split(' ') as [Counted['kind'], string];
    const count = counted.find((each) => each.kind === kind && each.site === site)?.count ?? 0;
    const detail = count === 0 ? {} : { studyIds: await idsOf(trx, kind, site, keys) };
    const told = { kind, site, subject: site, count, since: now, detail };
    const change = await tellOperation(trx, keys, told, now);
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

/** Ids of the rows on the list: those of a study, or of an order that is expected. */
async function idsOf(trx: Trx, kind: Counted['kind'], site: string, keys: OpaqueKeys): Promise<readonly string[]> {
  if (kind === 'images-without-order') {
    const rows = await trx
      .selectFrom('ingest_awaited_study')
      .select('study_key')
      .where('told', '=', 1)
      .where('site', '=', site)
      .orderBy('first_at', 'desc')
      .limit(shownIds)
      .execute();
    return rows.map(({ study_key }) => study_key);
  }
  const rows = await trx
    .selectFrom('ingest_awaited_order')
    .select('order_key')
    .where('told', '=', 1)
    .where('site', '=', site)
    .orderBy('first_at', 'desc')
    .limit(shownIds)
    .execute();
  return rows.map(({ order_key }) => keys.of('expected', site, order_key));
}
