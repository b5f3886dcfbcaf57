import type { Transaction } from 'kysely';
import type { GaveWay } from '../../application/ports.ts';
import type { QuarantineLimits, QuarantineState } from '../../domain/quarantine.ts';
import type { IngestSchema } from './schema.ts';

type Trx = Transaction<IngestSchema>;
type Held = { readonly entries: number; readonly bytes: number };

/** Entries of one look; there are more looks until the bound holds. */
const perLook = 100;

/** Removes what is over the bounds: of the rooms that were added to, then of the fullest one for as long as all together hold too much. */
export async function makeRoom(trx: Trx, rooms: ReadonlySet<string>, limits: QuarantineLimits): Promise<GaveWay> {
  const gone: Partial<Record<QuarantineState, number>> = {};
  for (const room of rooms) {
    await shrink(trx, gone, room, 'flagged', { entries: limits.flaggedPerSender, bytes: limits.bytesPerSender });
    await shrink(trx, gone, room, undefined, { entries: limits.entriesPerSender, bytes: limits.bytesPerSender });
  }
  for (;;) {
    const held = await heldIn(trx, undefined, undefined);
    if (held.entries <= limits.entries && held.bytes <= limits.bytes) return gone;
    const fullest = await fullestRoom(trx);
    if (fullest === undefined) return gone;
    await shrink(trx, gone, fullest.room, undefined, {
      entries: Math.max(0, fullest.entries - Math.max(0, held.entries - limits.entries)),
      bytes: Math.max(0, fullest.bytes - Math.max(0, held.bytes - limits.bytes)),
    });
  }
}

async function shrink(
  trx: Trx,
  gone: Partial<Record<QuarantineState, number>>,
  room: string,
  state: QuarantineState | undefined,
  most: Held,
): Promise<void> {
  let { entries, bytes } = await heldIn(trx, room, state);
  while (entries > most.entries || bytes > most.bytes) {
    const first = await trx
      .selectFrom('ingest_quarantine')
      .select(['id', 'state', 'size_bytes'])
      .where('room', '=', room)
      .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
      .orderBy('state_order')
      .orderBy('received_at')
      .orderBy('id')
      .limit(perLook)
      .execute();
    if (first.length === 0) return;
    const going: string[] = [];
    for (const { id, state: was, size_bytes } of first) {
      if (entries <= most.entries && bytes <= most.bytes) break;
      going.push(id);
      entries -= 1;
      bytes -= size_bytes;
      gone[was as QuarantineState] = (gone[was as QuarantineState] ?? 0) + 1;
    }
    await removeEntries(trx, going);
  }
}

export async function removeEntries(trx: Trx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await trx.deleteFrom('ingest_quarantine_content').where('id', 'in', ids).execute();
  await trx.deleteFrom('ingest_quarantine').where('id', 'in', ids).execute();
}

async function heldIn(trx: Trx, room: string | undefined, state: QuarantineState | undefined): Promise<Held> {
  const row = await trx
    .selectFrom('ingest_quarantine')
    .select(({ fn }) => [fn.countAll().as('entries'), fn.sum('size_bytes').as('bytes')])
    .$if(room !== undefined, (query) => query.where('room', '=', room ?? ''))
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
    .executeTakeFirst();
  return { entries: Number(row?.entries ?? 0), bytes: Number(row?.bytes ?? 0) };
}

async function fullestRoom(trx: Trx): Promise<(Held & { readonly room: string }) | undefined> {
  const row = await trx
    .selectFrom('ingest_quarantine')
    .select(({ fn }) => ['room', fn.countAll().as('entries'), fn.sum('size_bytes').as('bytes')])
    .groupBy('room')
    .orderBy(({ fn }) => fn.sum('size_bytes'), 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { room: row.room, entries: Number(row.entries), bytes: Number(row.bytes) };
}
