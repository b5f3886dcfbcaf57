import type { EventData, NewEvent } from '@voorrang/contracts';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import { appendToOutbox } from '@voorrang/sql';
import type { Kysely, Transaction } from 'kysely';
import type { OperationChange, OperationKind, StoredOperation } from '../../../application/watch/ports.ts';
import { type IngestSchema, serviceName } from '../schema.ts';

type Trx = Transaction<IngestSchema>;
export const watchSource = 'ingest/watch';

/** What a notice is about, and how it stands now: `count` 0 means that there is nothing to tell. */
export type Told = {
  readonly kind: OperationKind;
  readonly site: string;
  readonly subject: string;
  readonly count: number;
  readonly since: EpochMs;
  readonly detail?: Readonly<Record<string, unknown>>;
};

/**
 * Brings the notice of one kind and subject to what holds now, and appends its event to the outbox when that differs from what was told. One that begins again after it was
 * over is another notice. Gives the change, for log and metrics.
 */
export async function tellOperation(
  trx: Trx,
  keys: OpaqueKeys,
  told: Told,
  now: EpochMs,
): Promise<OperationChange | undefined> {
  const { kind, site, subject, count } = told;
  const open = await trx
    .selectFrom('ingest_operation')
    .selectAll()
    .where('kind', '=', kind)
    .where('site', '=', site)
    .where('subject', '=', subject)
    .where('cleared_at', 'is', null)
    .executeTakeFirst();
  if (open === undefined && count === 0) return undefined;
  const change = { kind, site, subject, count };
  if (open === undefined) {
    const id = keys.of('operation', kind, site, subject, String(told.since), String(now));
    await trx
      .insertInto('ingest_operation')
      .values({
        operation_id: id,
        kind,
        site,
        subject,
        count,
        since: told.since,
        cleared_at: null,
        detail: JSON.stringify(told.detail ?? {}),
      })
      .execute();
    await append(trx, keys, site, raised(id, told), now);
    return { ...change, what: 'raised' };
  }
  const row = trx.updateTable('ingest_operation').where('operation_id', '=', open.operation_id);
  if (count === 0) {
    await row.set({ cleared_at: now }).execute();
    const data = { operationId: open.operation_id, clearedAt: now };
    await append(trx, keys, site, { type: 'operation.cleared', data }, now);
    return { ...change, what: 'cleared' };
  }
  const detail = JSON.stringify(told.detail ?? {});
  if (detail !== open.detail || count !== open.count) await row.set({ count, detail }).execute();
  if (count === open.count) return undefined;
  await append(trx, keys, site, raised(open.operation_id, { ...told, since: open.since }), now);
  return { ...change, what: 'changed' };
}

type OperationEvent =
  | { readonly type: 'operation.raised'; readonly data: EventData<'operation.raised'> }
  | { readonly type: 'operation.cleared'; readonly data: EventData<'operation.cleared'> };

const raised = (operationId: string, { kind, subject, count, since }: Told): OperationEvent => ({
  type: 'operation.raised',
  data: { operationId, kind, subject, count, since },
});

async function append(
  trx: Trx,
  keys: OpaqueKeys,
  site: string,
  event: OperationEvent,
  observedAt: EpochMs,
): Promise<void> {
  const fact: NewEvent = { ...event, source: watchSource, site, key: keys.of('site', site) };
  await appendToOutbox(trx, [fact], { service: serviceName, observedAt });
}

const shownOperations = 200;

/** Notices that stand, newest first, then those that ended since `clearedSince`. */
export async function readOperations(
  query: Kysely<IngestSchema>,
  site: string | undefined,
  clearedSince: EpochMs,
): Promise<readonly StoredOperation[]> {
  const rows = await query
    .selectFrom('ingest_operation')
    .selectAll()
    .where(({ eb, or }) => or([eb('cleared_at', 'is', null), eb('cleared_at', '>=', clearedSince)]))
    .$if(site !== undefined, (select) => select.where('site', '=', site ?? ''))
    .execute();
  return rows
    .toSorted((a, b) => Number(a.cleared_at !== null) - Number(b.cleared_at !== null) || b.since - a.since)
    .slice(0, shownOperations)
    .map(({ operation_id, kind, cleared_at, detail, ...row }) => ({
      ...row,
      operationId: operation_id,
      kind: kind as OperationKind,
      clearedAt: cleared_at,
      detail: JSON.parse(detail) as Record<string, unknown>,
    }));
}
