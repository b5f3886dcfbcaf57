import type { EventData, NewEvent } from '@voorrang/contracts';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import { appendToOutbox } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import { type IngestSchema, serviceName } from './schema.ts';

type Trx = Transaction<IngestSchema>;
/** Open entries of one sender. */
export type Open = { readonly count: number; readonly since: EpochMs; readonly site: string };

export const quarantineSource = 'ingest/quarantine';

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

/**
 * Tells the operators what changed for one sender: the alert is raised with its first open entry and again at every power of ten, and cleared with the last. The
 * sender is a name of the protocol, or all strangers together.
 */
export async function tellOperators(
  trx: Trx,
  { keys, now }: { readonly keys: OpaqueKeys; readonly now: EpochMs },
  room: string,
  before: Open | undefined,
  after: Open | undefined,
): Promise<void> {
  const site = after?.site ?? before?.site;
  if (site === undefined) return;
  const about = { source: quarantineSource, site, key: keys.of('governance', site) };
  const operationId = keys.of('operation', 'quarantine', site, room);
  const events: NewEvent[] = [];
  if (after !== undefined && tens(after.count) > tens(before?.count ?? 0)) {
    const data: EventData<'operation.raised'> = {
      operationId,
      kind: 'quarantine',
      subject: room.slice(0, 128),
      count: after.count,
      since: after.since,
    };
    events.push({ ...about, type: 'operation.raised', data });
  }
  if (after === undefined && before !== undefined) {
    const data: EventData<'operation.cleared'> = { operationId, clearedAt: now };
    events.push({ ...about, type: 'operation.cleared', data });
  }
  await appendToOutbox(trx, events, { service: serviceName, observedAt: now });
}

const tens = (count: number): number => String(count).length * Number(count > 0);
