import type { EventOf, KnownEvent } from '@voorrang/contracts';
import { days, type EpochMs, type OpaqueKeys } from '@voorrang/kernel';
import type { UnmatchedLimits } from '@voorrang/protocol';
import type { Database } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import type { MatchBook } from '../../../application/watch/ports.ts';
import { type AwaitedOrder, asksForImages, orderDueAt, stampText } from '../../../domain/watch/matching.ts';
import type { IngestSchema } from '../schema.ts';
import { link, ordersOfStudy, studiesOfOrder, tokensOf } from './links.ts';
import { countsDiffer, kinds, tellCounts } from './unmatched-counts.ts';

type Trx = Transaction<IngestSchema>;
type OrderRow = IngestSchema['ingest_awaited_order'];
type StudyRow = IngestSchema['ingest_awaited_study'];
type OrderEvent = EventOf<'order.placed' | 'order.changed' | 'order.cancelled' | 'report.issued'>;
type StudyEvent = EventOf<'series.observed' | 'images.announced' | 'evidence.received'>;

export type MatchBookOptions = {
  readonly keys: OpaqueKeys;
  /** Limits per site; those of '*' hold where a site has none of its own. */
  readonly limits: readonly UnmatchedLimits[];
};

/** The match book in the tables of `schema.ts`. Links are those of the worklist: study UID, or accession number within the site, also by an order of the same family. */
export function sqlMatchBook(database: Database<IngestSchema>, options: MatchBookOptions): MatchBook {
  return {
    record: (events) =>
      database.transaction(async (trx) => {
        for (const event of events) {
          if (isOfOrder(event)) await recordOrder(trx, event, options);
          else if (isOfStudy(event)) await recordStudy(trx, event, options);
        }
      }),
    nextDueAt: async () => {
      const dues = await Promise.all(
        kinds.map(({ table }) =>
          database.query
            .selectFrom(table)
            .select(({ fn }) => fn.min('due_at').as('due_at'))
            .where('due_at', 'is not', null)
            .executeTakeFirst(),
        ),
      );
      const known = dues.flatMap((row) => (row?.due_at === null || row === undefined ? [] : [row.due_at]));
      // A match, or its end, changes what was counted: it is told at once.
      if (await countsDiffer(database.query)) return 0;
      return known.length === 0 ? undefined : Math.min(...known);
    },
    runDue: (now) =>
      database.transaction(async (trx) => {
        for (const { table } of kinds) {
          await trx.updateTable(table).set({ told: 1, due_at: null }).where('due_at', '<=', now).execute();
        }
        return tellCounts(trx, options.keys, now);
      }),
  };
}

const isOfOrder = (event: KnownEvent): event is OrderEvent =>
  event.type.startsWith('order.') || event.type === 'report.issued';
const isOfStudy = (event: KnownEvent): event is StudyEvent =>
  event.type === 'series.observed' || event.type === 'images.announced' || event.type === 'evidence.received';

const limitsOf = (limits: readonly UnmatchedLimits[], site: string): UnmatchedLimits | undefined =>
  limits.find((each) => each.site === site) ?? limits.find((each) => each.site === '*');

async function recordOrder(trx: Trx, event: OrderEvent, { keys, limits }: MatchBookOptions): Promise<void> {
  const { key, site } = event;
  const row = await trx.selectFrom('ingest_awaited_order').selectAll().where('order_key', '=', key).executeTakeFirst();
  const told = {
    ...withFact(row ?? newOrder(key, site), event, keys),
    last_at: Math.max(row?.last_at ?? 0, event.stamp.observedAt),
  };
  const isLinked = await link(trx, 'order', key, tokensOf(keys, site, event));
  const studies = await studiesOfOrder(trx, key);
  const imaged = await withImages(trx, studies);
  for (const study of studies) await markOrdered(trx, study);
  await storeOrder(trx, { ...told, matched: Number(imaged.length > 0) }, limits);
  if (!isLinked) return;
  // An order that names a study does so for the orders of its accession number too.
  for (const study of imaged) for (const order of await ordersOfStudy(trx, study)) await markImaged(trx, order);
}

const newOrder = (order_key: string, site: string): OrderRow => ({
  order_key,
  site,
  study_key: null,
  first_placed: null,
  last_placed: null,
  last_cancelled: null,
  status: null,
  status_stamp: null,
  requested_at: null,
  requested_stamp: null,
  reported: 0,
  first_at: null,
  matched: 0,
  due_at: null,
  told: 0,
  last_at: null,
  last_read: null,
  last_unread: null,
});

const earlier = (known: string | null, stamp: string): string => (known === null || stamp < known ? stamp : known);
const later = (known: string | null, stamp: string): string => (known === null || stamp > known ? stamp : known);

/** Each field is a smallest or greatest stamp, or has its own last writer, so facts may come in any order and again. */
function withFact(row: OrderRow, event: OrderEvent, keys: OpaqueKeys): OrderRow {
  const stamp = stampText(event.stamp);
  if (event.type === 'order.cancelled') return { ...row, last_cancelled: later(row.last_cancelled, stamp) };
  if (event.type === 'report.issued') {
    const { status } = event.data;
    if (status === 'cancelled') return { ...row, last_unread: later(row.last_unread, stamp) };
    const isRead = status === 'final' || status === 'corrected';
    return { ...row, reported: 1, last_read: isRead ? later(row.last_read, stamp) : row.last_read };
  }
  const { status, requestedAt, studyInstanceUid } = event.data;
  const isPlacing = event.type === 'order.placed';
  const newStatus = status !== null && stamp >= (row.status_stamp ?? '');
  const newRequest = requestedAt !== null && stamp >= (row.requested_stamp ?? '');
  return {
    ...row,
    study_key: studyInstanceUid === null ? row.study_key : keys.study(event.site, studyInstanceUid),
    first_at: Math.min(row.first_at ?? Number.POSITIVE_INFINITY, event.stamp.observedAt),
    ...(isPlacing
      ? { first_placed: earlier(row.first_placed, stamp), last_placed: later(row.last_placed, stamp) }
      : {}),
    ...(newStatus ? { status, status_stamp: stamp } : {}),
    ...(newRequest ? { requested_at: requestedAt, requested_stamp: stamp } : {}),
  };
}

async function storeOrder(trx: Trx, row: OrderRow, limits: readonly UnmatchedLimits[]): Promise<void> {
  const limit = limitsOf(limits, row.site)?.orderWithoutImagesMs;
  const order: AwaitedOrder = {
    firstPlaced: row.first_placed,
    lastPlaced: row.last_placed,
    lastCancelled: row.last_cancelled,
    status: row.status as AwaitedOrder['status'],
    reported: row.reported === 1,
    requestedAt: row.requested_at,
    firstAt: row.first_at,
  };
  const waits = limit !== undefined && row.matched === 0 && asksForImages(order);
  const { order_key, ...columns } = {
    ...row,
    due_at: waits && row.told === 0 ? orderDueAt(order, limit) : null,
    told: waits ? row.told : 0,
  };
  await trx
    .insertInto('ingest_awaited_order')
    .values({ order_key, ...columns })
    .onConflict((conflict) => conflict.column('order_key').doUpdateSet(columns))
    .execute();
}

async function recordStudy(trx: Trx, event: StudyEvent, { keys, limits }: MatchBookOptions): Promise<void> {
  const { key, site } = event;
  // That a step is under way or ended says nothing of where its images are.
  if (event.type === 'images.announced' && event.data.status !== 'available') return;
  const known = await trx
    .selectFrom('ingest_awaited_study')
    .selectAll()
    .where('study_key', '=', key)
    .executeTakeFirst();
  const isImage = event.type === 'series.observed';
  const modality = event.type === 'images.announced' || isImage ? event.data.modality : null;
  const modalities = new Set([...(known?.modalities ?? '').split('\\'), modality ?? ''].filter((text) => text !== ''));
  const row: StudyRow = {
    study_key: key,
    site,
    study_uid: event.data.studyInstanceUid,
    modalities: [...modalities].sort().join('\\'),
    images: Number(known?.images === 1 || isImage),
    announced: Number(known?.announced === 1 || event.type === 'images.announced'),
    evidence: Number(known?.evidence === 1 || event.type === 'evidence.received'),
    first_at: Math.min(known?.first_at ?? Number.POSITIVE_INFINITY, event.stamp.observedAt),
    ordered: known?.ordered ?? 0,
    due_at: known?.due_at ?? null,
    told: known?.told ?? 0,
    last_at: toldOn(known?.last_at ?? 0, event.stamp.observedAt),
  };
  const isLinked = await link(trx, 'study', key, tokensOf(keys, site, event));
  const changed = known === undefined || JSON.stringify(known) !== JSON.stringify(row);
  if (!isLinked && !changed) return;
  const orders = await ordersOfStudy(trx, key);
  if (row.images + row.announced > 0) for (const order of orders) await markImaged(trx, order);
  const ordered = row.ordered === 1 || orders.length > 0;
  const limit = limitsOf(limits, site)?.imagesWithoutOrderMs;
  const waits = limit !== undefined && row.images === 1 && !ordered;
  const { study_key, ...columns } = {
    ...row,
    ordered: Number(ordered),
    due_at: waits && row.told === 0 ? row.first_at + limit : null,
    told: waits ? row.told : 0,
  };
  await trx
    .insertInto('ingest_awaited_study')
    .values({ study_key, ...columns })
    .onConflict((conflict) => conflict.column('study_key').doUpdateSet(columns))
    .execute();
}

/** By the day is enough, so that not every image writes. */
const toldOn = (known: EpochMs, at: EpochMs): EpochMs => (at - known < days(1) ? known : at);

const markOrdered = (trx: Trx, study: string) =>
  trx
    .updateTable('ingest_awaited_study')
    .set({ ordered: 1, due_at: null, told: 0 })
    .where('study_key', '=', study)
    .where('ordered', '=', 0)
    .execute();
const markImaged = (trx: Trx, order: string) =>
  trx
    .updateTable('ingest_awaited_order')
    .set({ matched: 1, due_at: null, told: 0 })
    .where('order_key', '=', order)
    .where('matched', '=', 0)
    .execute();

async function withImages(trx: Trx, studies: readonly string[]): Promise<readonly string[]> {
  if (studies.length === 0) return [];
  const rows = await trx
    .selectFrom('ingest_awaited_study')
    .select('study_key')
    .where('study_key', 'in', studies)
    .where(({ or, eb }) => or([eb('images', '=', 1), eb('announced', '=', 1)]))
    .execute();
  return rows.map(({ study_key }) => study_key);
}
