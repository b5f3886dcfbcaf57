import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { Transaction } from 'kysely';
import type { IngestSchema } from './schema.ts';
import { tellOperation } from './watch/operations.ts';

type Trx = Transaction<IngestSchema>;
/** Open entries of one sender. */
export type Open = { readonly count: number; readonly since: EpochMs; readonly site: string };

export async function openOf(trx: Trx, room: string): Promise<Open | undefined> {
  const row = await trx
    .selectFrom('ingest_quarantine')
    .select(({ fn }) => [fn.countAll().as('count'), fn.min('received_at').as('since'), fn.min('site').as('site')])
    .where('room', '=', room)
    .where('state', '=', 'open')
    .executeTakeFirst();
  const count = Number(row?.count ?? 0);
  return count === 0 || row === undefined ? undefined : { count, since: Number(row.since), site: row.site };
}

/** Tells the operators how many entries of one sender are open now. The sender is a name of the protocol, or all strangers together. */
export async function tellOperators(
  trx: Trx,
  { keys, now }: { readonly keys: OpaqueKeys; readonly now: EpochMs },
  room: string,
  before: Open | undefined,
  after: Open | undefined,
): Promise<void> {
  const about = { kind: 'quarantine', subject: room } as const;
  if (before !== undefined && before.site !== after?.site)
    await tellOperation(trx, keys, { ...about, site: before.site, count: 0, since: before.since }, now);
  if (after !== undefined) await tellOperation(trx, keys, { ...about, ...after }, now);
}
