import { appendToOutbox, type Database } from '@voorrang/sql';
import type { StepBook } from '../../application/ports.ts';
import { decideStep, type PerformedStep } from '../../domain/performed-step.ts';
import { type IngestSchema, serviceName } from './schema.ts';
import { stepKeyOf } from './study-steps.ts';

/** The MPPS book in the table `ingest_mpps`. */
export const sqlStepBook = (database: Database<IngestSchema>): StepBook => ({
  take: ({ site, procedureStepUid, message, factsOf, now }) =>
    database.transaction(async (trx) => {
      const key = stepKeyOf(site, procedureStepUid);
      const row = await trx.selectFrom('ingest_mpps').selectAll().where('step_key', '=', key).executeTakeFirst();
      const known = row === undefined ? undefined : (JSON.parse(row.document) as PerformedStep);
      const decision = decideStep(known, message);
      if (decision.kind !== 'taken') return decision.kind;
      const columns = { status: decision.step.status, document: JSON.stringify(decision.step), last_at: now };
      await trx
        .insertInto('ingest_mpps')
        .values({ step_key: key, ...columns })
        .onConflict((conflict) => conflict.column('step_key').doUpdateSet(columns))
        .execute();
      await appendToOutbox(trx, factsOf(decision.step), { service: serviceName, observedAt: now });
      return decision.kind;
    }),
});
