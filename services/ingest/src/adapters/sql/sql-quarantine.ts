import type { Clock, OpaqueKeys } from '@voorrang/kernel';
import type { Database } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import type { QuarantineStore } from '../../application/ports.ts';
import {
  givesWay,
  type Quarantined,
  type QuarantineEntry,
  type QuarantineLimits,
  type QuarantineState,
  quarantineStates,
} from '../../domain/quarantine.ts';
import { openOf, tellOperators } from './quarantine-alert.ts';
import { makeRoom, removeEntries } from './quarantine-room.ts';
import type { IngestSchema } from './schema.ts';

type Trx = Transaction<IngestSchema>;
type Row = IngestSchema['ingest_quarantine'];
type Deps = { readonly limits: QuarantineLimits; readonly keys: OpaqueKeys; readonly clock: Clock };

/** Entries removed by one statement of a purge. */
const perPurge = 500;

/** The quarantine in the tables of `quarantine-schema.ts`. */
export function sqlQuarantine(database: Database<IngestSchema>, deps: Deps): QuarantineStore {
  /** Runs a change of some rooms and tells the operators what it did to the open entries there. */
  const changing = <T>(rooms: ReadonlySet<string>, change: (trx: Trx) => Promise<T>): Promise<T> =>
    database.transaction(async (trx) => {
      const before = new Map<string, Awaited<ReturnType<typeof openOf>>>();
      for (const room of rooms) before.set(room, await openOf(trx, room));
      const result = await change(trx);
      const told = { keys: deps.keys, now: deps.clock.now() };
      for (const room of rooms) await tellOperators(trx, told, room, before.get(room), await openOf(trx, room));
      return result;
    });

  return {
    keep: (entries) => {
      const rooms = new Set(entries.map(({ room }) => room));
      return changing(rooms, async (trx) => {
        for (const entry of entries) await keepOne(trx, entry);
        return makeRoom(trx, rooms, deps.limits);
      });
    },
    list: async ({ state, limit, before }) => {
      const rows = await database.query
        .selectFrom('ingest_quarantine')
        .selectAll()
        .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
        .$if(before !== undefined, (query) =>
          query.where(({ and, eb, or }) => {
            const { receivedAt, id } = before ?? { receivedAt: 0, id: '' };
            return or([
              eb('received_at', '<', receivedAt),
              and([eb('received_at', '=', receivedAt), eb('id', '<', id)]),
            ]);
          }),
        )
        .orderBy('received_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(entryOf);
    },
    read: async (id) => {
      const row = await database.query
        .selectFrom('ingest_quarantine')
        .innerJoin('ingest_quarantine_content', 'ingest_quarantine_content.id', 'ingest_quarantine.id')
        .selectAll('ingest_quarantine')
        .select('ingest_quarantine_content.content')
        .where('ingest_quarantine.id', '=', id)
        .executeTakeFirst();
      return row && { entry: entryOf(row), content: new Uint8Array(Buffer.from(row.content, 'base64')) };
    },
    resolve: async (id, state, { by, at, note = null }) => {
      const found = await database.query
        .selectFrom('ingest_quarantine')
        .select('room')
        .where('id', '=', id)
        .executeTakeFirst();
      if (found === undefined) return false;
      return changing(new Set([found.room]), async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('ingest_quarantine')
          .set({ state, state_order: givesWay(state, ''), resolved_at: at, resolved_by: by, note })
          .where('id', '=', id)
          .where('state', 'in', ['open', 'flagged'])
          .executeTakeFirst();
        return numUpdatedRows > 0n;
      });
    },
    openIds: async () => {
      const rows = await database.query
        .selectFrom('ingest_quarantine')
        .select('id')
        .where('state', '=', 'open')
        .execute();
      return rows.map(({ id }) => id);
    },
    counts: async () => {
      const rows = await database.query
        .selectFrom('ingest_quarantine')
        .select(({ fn }) => ['state', fn.countAll().as('count')])
        .groupBy('state')
        .execute();
      const known = new Map(rows.map(({ state, count }) => [state, Number(count)]));
      return Object.fromEntries(quarantineStates.map((state) => [state, known.get(state) ?? 0])) as Record<
        QuarantineState,
        number
      >;
    },
    purge: async (instant) => {
      for (let ids = ['']; ids.length > 0; ) {
        ids = await database.transaction(async (trx) => {
          const rows = await trx
            .selectFrom('ingest_quarantine')
            .select('id')
            .where('last_at', '<', instant)
            .where('state', '!=', 'open')
            .where(({ eb, or }) => or([eb('resolved_at', 'is', null), eb('resolved_at', '<', instant)]))
            .limit(perPurge)
            .execute();
          await removeEntries(
            trx,
            rows.map(({ id }) => id),
          );
          return rows.map(({ id }) => id);
        });
      }
    },
  };
}

async function keepOne(trx: Trx, { content, ...entry }: Quarantined): Promise<void> {
  const told = { code: entry.code, problems: JSON.stringify(entry.problems), last_at: entry.receivedAt };
  const known = await trx
    .selectFrom('ingest_quarantine')
    .select(['state', 'times', 'last_at'])
    .where('id', '=', entry.id)
    .executeTakeFirst();
  if (known !== undefined) {
    const again = { times: known.times + 1, last_at: Math.max(known.last_at, entry.receivedAt) };
    const open = known.state === 'open' && entry.state === 'open';
    await trx
      .updateTable('ingest_quarantine')
      .set(open ? { ...told, ...again, state_order: givesWay('open', entry.code) } : again)
      .where('id', '=', entry.id)
      .execute();
    return;
  }
  await trx
    .insertInto('ingest_quarantine')
    .values({
      ...told,
      id: entry.id,
      kind: entry.kind,
      state: entry.state,
      state_order: givesWay(entry.state, entry.code),
      received_at: entry.receivedAt,
      site: entry.site,
      sender: entry.sender,
      room: entry.room,
      address: entry.address,
      message_type: entry.messageType,
      control_id: entry.controlId,
      size_bytes: content.length,
      times: 1,
      encoding: entry.encoding,
    })
    .execute();
  await trx
    .insertInto('ingest_quarantine_content')
    .values({ id: entry.id, content: Buffer.from(content).toString('base64') })
    .execute();
}

const entryOf = (row: Row): QuarantineEntry => ({
  id: row.id,
  kind: row.kind as QuarantineEntry['kind'],
  state: row.state as QuarantineState,
  receivedAt: row.received_at,
  lastAt: row.last_at,
  site: row.site,
  sender: row.sender,
  room: row.room,
  address: row.address,
  messageType: row.message_type,
  controlId: row.control_id,
  code: row.code,
  problems: JSON.parse(row.problems) as QuarantineEntry['problems'],
  bytes: row.size_bytes,
  count: row.times,
  encoding: row.encoding,
  resolvedAt: row.resolved_at,
  resolvedBy: row.resolved_by,
});
