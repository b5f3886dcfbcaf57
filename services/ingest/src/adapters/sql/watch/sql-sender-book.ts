import type { DurationMs, EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { Database } from '@voorrang/sql';
import { sql, type Transaction } from 'kysely';
import { flushMs } from '../../../application/watch/listening.ts';
import type { OperationChange, SenderBook, SenderState } from '../../../application/watch/ports.ts';
import { wallClock } from '../../../application/watch/wall-clock.ts';
import type { WatchedSender, WatchedSenders } from '../../../application/watch/watched-senders.ts';
import { isSkewed, type SkewSamples, skewOf } from '../../../domain/watch/clock-skew.ts';
import { type Pace, paceOfRanges, usedUpAt, type WallClock } from '../../../domain/watch/pace.ts';
import { learnSlot, newRhythm, paceOfRhythm, type Rhythm, slotMs, slotOf } from '../../../domain/watch/rhythm.ts';
import { decideSilence } from '../../../domain/watch/silence.ts';
import type { IngestSchema } from '../schema.ts';
import { forgetSlots, type HeardLately, heardAtOf, heardSince, type Listened, listenedSince } from './heard-slots.ts';
import { tellOperation } from './operations.ts';

type Trx = Transaction<IngestSchema>;
type SenderRow = IngestSchema['ingest_sender'];

const hourMs: DurationMs = 3_600_000;
/** Slots are kept for as long as patience looks back. */
const keptMs: DurationMs = 8 * 86_400_000;
const rowsPerInsert = 500;

export type SenderBookOptions = {
  readonly senders: WatchedSenders;
  readonly keys: OpaqueKeys;
  readonly skewLimitMs: DurationMs;
};

/** The sender book in the tables of `schema.ts`. */
export function sqlSenderBook(database: Database<IngestSchema>, options: SenderBookOptions): SenderBook {
  const { senders } = options;
  let forgottenAt = 0;
  return {
    begin: async (now) => {
      const changes = await database.transaction((trx) => reconcile(trx, options, now));
      const rows = await database.query.selectFrom('ingest_sender').select(['sender', 'skew']).execute();
      return { changes, samples: new Map(rows.map((row) => [row.sender, samplesOf(row)])) };
    },
    store: async (marks, measured, now) => {
      for (let at = 0; at < marks.length; at += rowsPerInsert) {
        await database.query
          .insertInto('ingest_heard')
          .values(
            marks.slice(at, at + rowsPerInsert).map(({ sender, slotAt, messages, lastAt }) => ({
              sender,
              slot_at: slotAt,
              messages,
              last_at: lastAt,
            })),
          )
          .onConflict((conflict) =>
            conflict.columns(['sender', 'slot_at']).doUpdateSet({
              messages: sql`ingest_heard.messages + excluded.messages`,
              last_at: sql`case when excluded.last_at > ingest_heard.last_at then excluded.last_at else ingest_heard.last_at end`,
            }),
          )
          .execute();
      }
      for (const { sender, samples, tls } of measured) {
        await database.query
          .updateTable('ingest_sender')
          .set({
            skew: JSON.stringify(samples),
            ...(tls === null ? {} : { tls: Number(tls) }),
            due_at: sql`case when due_at < ${now} then due_at else ${now} end`,
          })
          .where('sender', '=', sender)
          .execute();
      }
    },
    nextDueAt: async () => {
      const { rows } = await sql<{ due_at: number | null }>`select min(due_at) as due_at from (
        select due_at from ingest_sender where due_at is not null
        union all
        select min(h.last_at) as due_at from ingest_sender s
          join ingest_heard h on h.sender = s.sender and h.last_at > s.silent_since) due`.execute(database.query);
      return rows[0]?.due_at ?? undefined;
    },
    runDue: async (now) => {
      const changes: OperationChange[] = [];
      const listened = await listenedSince(database.query, now - keptMs);
      const due = await database.query
        .selectFrom('ingest_sender')
        .select('sender')
        .where(({ or, eb }) => or([eb('due_at', '<=', now), eb('silent_since', 'is not', null)]))
        .execute();
      for (const { sender } of due) {
        const watched = senders.byId.get(sender);
        if (watched === undefined) continue;
        changes.push(...(await database.transaction((trx) => decideOne(trx, watched, listened, options, now))));
      }
      if (now - forgottenAt >= hourMs) {
        await forgetSlots(database.query, now - keptMs);
        forgottenAt = now;
      }
      return changes;
    },
    states: async (now) => {
      const rows = await database.query.selectFrom('ingest_sender').selectAll().orderBy('sender').execute();
      const heard = await heardSince(database.query, now - hourMs);
      return rows.flatMap((row) => {
        const watched = senders.byId.get(row.sender);
        return watched === undefined ? [] : [stateOf(row, watched, heard.get(row.sender), now)];
      });
    },
  };
}

/** Senders that the protocol names have a row; those it names no more have none, and nothing is told of them. */
async function reconcile(trx: Trx, { senders, keys }: SenderBookOptions, now: EpochMs): Promise<OperationChange[]> {
  const rows = await trx.selectFrom('ingest_sender').select(['sender', 'site']).execute();
  const changes: OperationChange[] = [];
  for (const { sender, site } of rows) {
    if (senders.byId.get(sender)?.site === site) continue;
    for (const kind of ['sender-silent', 'sender-clock-skew'] as const) {
      const told = { kind, site, subject: sender, count: 0, since: now };
      const change = await tellOperation(trx, keys, told, now);
      if (change !== undefined) changes.push(change);
    }
    await trx.deleteFrom('ingest_sender').where('sender', '=', sender).execute();
  }
  const known = new Set(rows.map(({ sender, site }) => `${sender} ${site}`));
  for (const { id, site } of senders.all) {
    if (known.has(`${id} ${site}`)) continue;
    await trx
      .insertInto('ingest_sender')
      .values({
        sender: id,
        site,
        watched_since: now,
        due_at: now,
        silent_since: null,
        folded_to: slotOf(now),
        rhythm: null,
        skew: null,
        tls: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  return changes;
}

async function decideOne(
  trx: Trx,
  watched: WatchedSender,
  listened: Listened,
  { keys, skewLimitMs }: SenderBookOptions,
  now: EpochMs,
): Promise<OperationChange[]> {
  const row = await trx.selectFrom('ingest_sender').selectAll().where('sender', '=', watched.id).executeTakeFirst();
  if (row === undefined) return [];
  const wall = wallClock(watched.timeZone);
  const lastHeardAt = await heardAtOf(trx, watched.id);
  const { rhythm, foldedTo } = await learn(trx, row, watched, wall, now);
  const heardAt = Math.max(lastHeardAt ?? 0, row.watched_since);
  // What other processes heard in the last seconds is not yet written.
  const silence = decideSilence({
    heardAt,
    pace: paceOf(watched, rhythm),
    wall,
    ...listened,
    now: now - flushMs,
    silentSince: row.silent_since,
  });
  const skew = samplesOf(row);
  const skewMs = skewOf(skew);
  const openSkew = await trx
    .selectFrom('ingest_operation')
    .select('operation_id')
    .where('kind', '=', 'sender-clock-skew')
    .where('subject', '=', watched.id)
    .where('cleared_at', 'is', null)
    .executeTakeFirst();
  const skewed = isSkewed(skewMs, {
    bothWays: watched.protocol === 'hl7',
    limitMs: skewLimitMs,
    told: openSkew !== undefined,
  });
  const about = { site: watched.site, subject: watched.id };
  const changes = [
    await tellOperation(
      trx,
      keys,
      {
        ...about,
        kind: 'sender-silent',
        count: silence.silentSince === null ? 0 : 1,
        since: silence.silentSince ?? now,
        detail: { lastHeardAt },
      },
      now,
    ),
    await tellOperation(
      trx,
      keys,
      {
        ...about,
        kind: 'sender-clock-skew',
        count: skewed ? 1 : 0,
        since: now,
        detail: skewMs === null ? {} : { clockSkewSeconds: Math.round(skewMs / 1000) },
      },
      now,
    ),
  ];
  await trx
    .updateTable('ingest_sender')
    .set({
      silent_since: silence.silentSince,
      folded_to: foldedTo,
      rhythm: watched.heartbeat?.kind === 'learned' ? JSON.stringify(rhythm, short) : null,
      due_at: nextLookAt(watched, silence.dueAt, now),
    })
    .where('sender', '=', watched.id)
    .execute();
  return changes.filter((change) => change !== undefined);
}

/** The due time of the silence, or when there is more to learn. A sender without a rhythm is looked at when its clock was measured. */
function nextLookAt({ heartbeat }: WatchedSender, dueAt: EpochMs | null, now: EpochMs): EpochMs | null {
  if (heartbeat === null) return null;
  return Math.min(dueAt === null ? Number.POSITIVE_INFINITY : dueAt + flushMs, now + hourMs);
}

/** Learns the slots that are over: those of the last minutes may still be on their way from another process. */
async function learn(
  trx: Trx,
  row: SenderRow,
  watched: WatchedSender,
  wall: WallClock,
  now: EpochMs,
): Promise<{ readonly rhythm: Rhythm; readonly foldedTo: EpochMs }> {
  let rhythm = row.rhythm === null ? newRhythm : (JSON.parse(row.rhythm) as Rhythm);
  const until = slotOf(now - slotMs);
  const from = Math.max(row.folded_to, slotOf(now - keptMs) + slotMs);
  if (watched.heartbeat?.kind !== 'learned' || from >= until) return { rhythm, foldedTo: row.folded_to };
  const rows = await trx
    .selectFrom('ingest_heard')
    .select(['sender', 'slot_at'])
    .where('sender', 'in', ['', watched.id])
    .where('slot_at', '>=', from)
    .where('slot_at', '<', until)
    .execute();
  const slotsOf = (sender: string) =>
    new Set(rows.filter((each) => each.sender === sender).map(({ slot_at }) => slot_at));
  const listened = slotsOf('');
  const heard = slotsOf(watched.id);
  for (let at = from; at < until; at += slotMs) {
    rhythm = learnSlot(rhythm, wall, { at, listened: listened.has(at) || heard.has(at), heard: heard.has(at) });
  }
  return { rhythm, foldedTo: until };
}

function paceOf({ heartbeat }: WatchedSender, rhythm: Rhythm): Pace | null {
  if (heartbeat === null) return null;
  return heartbeat.kind === 'set' ? paceOfRanges(heartbeat.hours) : paceOfRhythm(rhythm);
}

/** Four decimals say enough of a share. */
const short = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 10_000) / 10_000 : value;

const samplesOf = ({ skew }: Pick<SenderRow, 'skew'>): SkewSamples =>
  skew === null ? [] : (JSON.parse(skew) as number[]);

function stateOf(row: SenderRow, watched: WatchedSender, heard: HeardLately | undefined, now: EpochMs): SenderState {
  const wall = wallClock(watched.timeZone);
  const pace = paceOf(watched, row.rhythm === null ? newRhythm : (JSON.parse(row.rhythm) as Rhythm));
  const from = Math.max(heard?.lastAt ?? 0, row.watched_since);
  const until = pace === null ? null : usedUpAt(pace, wall, Math.min(from, now), 1);
  return {
    sender: row.sender,
    lastHeardAt: heard?.lastAt ?? null,
    messagesLastHour: heard?.messages ?? 0,
    expectedSilenceMs: until === null ? null : until - from,
    silentSince: row.silent_since,
    clockSkewMs: skewOf(samplesOf(row)),
    tls: row.tls === null ? null : row.tls === 1,
  };
}
