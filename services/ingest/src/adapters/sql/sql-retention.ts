import type { EpochMs } from '@voorrang/kernel';
import type { Database } from '@voorrang/sql';
import { sql, type Transaction } from 'kysely';
import type { IngestSchema } from './schema.ts';

type Trx = Transaction<IngestSchema>;

/** Studies, and rows of each other kind, of one round: a round holds up nobody. */
export const prunedPerRound = 100;

/**
 * Removes what has been silent since before `before` (an instant well in the past). Of a settled study the instances, contents and procedure steps go; its number of versions, its
 * series by name, and up to when its facts were counted stay, so that a late series makes the next version and a replay of the log none. Each part is one transaction,
 * so a crash leaves nothing half done. Gives how many things went; as long as it is not 0 there may be more.
 */
export async function prune(database: Database<IngestSchema>, before: EpochMs, now: EpochMs): Promise<number> {
  const studies = await database.query
    .selectFrom('ingest_study')
    .select('study_key')
    .where('last_fact_at', '<', before)
    .where('due_at', 'is', null)
    .limit(prunedPerRound)
    .execute();
  let pruned = 0;
  for (const { study_key } of studies)
    pruned += await database.transaction((trx) => pruneStudy(trx, study_key, before));
  pruned += await database.transaction((trx) => pruneSteps(trx, before, now));
  pruned += await database.transaction((trx) => pruneAwaited(trx, 'order', before, now));
  pruned += await database.transaction((trx) => pruneAwaited(trx, 'study', before, now));
  await database.query.deleteFrom('ingest_operation').where('cleared_at', '<', before).execute();
  return pruned;
}

async function pruneStudy(trx: Trx, key: string, before: EpochMs): Promise<number> {
  // Read again: a fact may have come since it was chosen.
  const study = await trx
    .selectFrom('ingest_study')
    .select(['last_fact_at', 'due_at'])
    .where('study_key', '=', key)
    .executeTakeFirst();
  if (!study || study.due_at !== null || study.last_fact_at === null || study.last_fact_at >= before) return 0;
  const steps = await trx.deleteFrom('ingest_step').where('study_key', '=', key).returning('step_key').execute();
  for (const { step_key } of steps)
    await trx
      .deleteFrom('ingest_awaited')
      .where('step_key', '=', step_key)
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('ingest_step').select('step_key').where('step_key', '=', step_key))),
      )
      .execute();
  await trx.deleteFrom('ingest_instance').where('study_key', '=', key).execute();
  await trx.deleteFrom('ingest_content').where('study_key', '=', key).execute();
  // Counts begin anew: images that are sent again must not fill a required series twice.
  await trx
    .updateTable('ingest_series')
    .set({ attributes: null, instances: 0, announced: 0 })
    .where('study_key', '=', key)
    .execute();
  await trx
    .updateTable('ingest_study')
    .set({ last_fact_at: null, pruned_through: study.last_fact_at, has_steps: 0, traceparent: null })
    .where('study_key', '=', key)
    .execute();
  return 1;
}

/** Rows whose age is not known count from now on. */
async function datedFromNow(
  trx: Trx,
  table: 'ingest_mpps' | 'ingest_awaited_order' | 'ingest_awaited_study',
  now: EpochMs,
): Promise<void> {
  await trx.updateTable(table).set({ last_at: now }).where('last_at', 'is', null).execute();
}

async function pruneSteps(trx: Trx, before: EpochMs, now: EpochMs): Promise<number> {
  await datedFromNow(trx, 'ingest_mpps', now);
  const gone = await trx
    .deleteFrom('ingest_mpps')
    .where(({ eb, selectFrom }) =>
      eb(
        'step_key',
        'in',
        selectFrom('ingest_mpps').select('step_key').where('last_at', '<', before).limit(prunedPerRound),
      ),
    )
    .returning('step_key')
    .execute();
  return gone.length;
}

/** An order that is scheduled for later stays. A notice that counts one of these says one less afterwards. */
async function pruneAwaited(trx: Trx, side: 'order' | 'study', before: EpochMs, now: EpochMs): Promise<number> {
  await datedFromNow(trx, `ingest_awaited_${side}`, now);
  const ids =
    side === 'order'
      ? (
          await trx
            .selectFrom('ingest_awaited_order')
            .select('order_key as id')
            .where('last_at', '<', before)
            .where(({ or, eb }) => or([eb('requested_at', 'is', null), eb('requested_at', '<', before)]))
            .limit(prunedPerRound)
            .execute()
        ).map(({ id }) => id)
      : (
          await trx
            .selectFrom('ingest_awaited_study')
            .select('study_key as id')
            .where('last_at', '<', before)
            .limit(prunedPerRound)
            .execute()
        ).map(({ id }) => id);
  if (ids.length === 0) return 0;
  const key = sql.ref(`${side}_key`);
  await sql`delete from ${sql.table(`ingest_awaited_${side}`)} where ${key} in (${sql.join(ids)})`.execute(trx);
  await trx.deleteFrom('ingest_awaited_link').where('side', '=', side).where('id', 'in', ids).execute();
  return ids.length;
}
