import { type EpochMs, VoorrangError } from '@voorrang/kernel';
import { appendToOutbox, type Database } from '@voorrang/sql';
import { sql, type Transaction } from 'kysely';
import type { Ledger, LedgerEntry, StudyTarget } from '../../application/ports.ts';
import { unclaimed } from '../../domain/claim.ts';
import { serviceName, type WorklistSchema } from './schema.ts';

const expiredBatch = 100;

/** Claims and marks in the service's tables. `afterCommit` is called when events were appended. */
export function sqlLedger(database: Database<WorklistSchema>, afterCommit: () => void): Ledger {
  return {
    transaction: async (now, work) => {
      let appended = false;
      const result = await database.transaction((trx) => {
        appended = false;
        return work(
          entryOn(trx, now, () => {
            appended = true;
          }),
        );
      });
      if (appended) afterCommit();
      return result;
    },
    expired: async (now) => {
      const rows = await database.query
        .selectFrom('worklist_claim')
        .select(['study_id', 'site', 'study_uid'])
        .where('until', '<=', now)
        .orderBy('until')
        .limit(expiredBatch)
        .execute();
      return rows.map(
        ({ study_id, site, study_uid }): StudyTarget => ({ site, studyId: study_id, studyInstanceUid: study_uid }),
      );
    },
    nextExpiry: async () => {
      const row = await database.query
        .selectFrom('worklist_claim')
        .select(({ fn }) => fn.min('until').as('until'))
        .executeTakeFirst();
      return row?.until ?? undefined;
    },
  };
}

const entryOn = (trx: Transaction<WorklistSchema>, now: EpochMs, onAppend: () => void): LedgerEntry => ({
  claim: async (studyId) => {
    const row = await trx
      .selectFrom('worklist_claim')
      .select(['holder', 'until', 'fence', 'reading'])
      .where('study_id', '=', studyId)
      .executeTakeFirst();
    return row ?? unclaimed;
  },
  changeClaim: async (target, before, after) => {
    await trx
      .insertInto('worklist_claim')
      .values({
        study_id: target.studyId,
        site: target.site,
        study_uid: target.studyInstanceUid,
        ...unclaimed,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { numUpdatedRows } = await trx
      .updateTable('worklist_claim')
      .set(after)
      .where('study_id', '=', target.studyId)
      .where('fence', '=', before.fence)
      .where(sql<number>`coalesce(until, -1)`, '=', before.until ?? -1)
      .executeTakeFirst();
    if (Number(numUpdatedRows) !== 1) throw new VoorrangError('VRG_SQL_CONFLICT');
  },
  mark: async (studyId, kind, person) => {
    const row = await trx
      .selectFrom('worklist_mark')
      .select('value')
      .where('study_id', '=', studyId)
      .where('kind', '=', kind)
      .where('person', '=', person)
      .executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.value) as unknown);
  },
  setMark: async (studyId, kind, person, value) => {
    await trx
      .insertInto('worklist_mark')
      .values({ study_id: studyId, kind, person, value: JSON.stringify(value) })
      .onConflict((conflict) =>
        conflict.columns(['study_id', 'kind', 'person']).doUpdateSet({ value: JSON.stringify(value) }),
      )
      .execute();
  },
  append: async (event) => {
    await appendToOutbox(trx, [event], { service: serviceName, observedAt: now });
    onAppend();
  },
});
