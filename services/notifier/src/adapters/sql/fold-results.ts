import type { EventOf } from '@voorrang/contracts';
import { compareStamps, type Stamp } from '@voorrang/kernel';
import type { Work } from '../../application/ports.ts';
import { jsonOf } from './rows.ts';

/** A run as told; a withdrawal that came before it stays. */
export async function foldRun({ trx }: Work, event: EventOf<'run.recorded'>): Promise<void> {
  const { run, shadow } = event.data;
  const told = {
    detector: run.detector.id,
    received_at: event.stamp.observedAt,
    status: run.status,
    shadow: shadow ? 1 : 0,
    replaces: run.replaces ?? null,
    findings_json: JSON.stringify(run.findings.map(({ keyImages: _, ...finding }) => finding)),
  };
  await trx
    .insertInto('notifier_run')
    .values({ study_id: event.key, result_id: run.resultId, withdrawn: 0, ...told })
    .onConflict((conflict) => conflict.columns(['study_id', 'result_id']).doUpdateSet(told))
    .execute();
}

export async function foldWithdrawal({ trx }: Work, event: EventOf<'run.withdrawn'>): Promise<void> {
  const unknown = { detector: null, received_at: null, status: null, shadow: 0, replaces: null, findings_json: '[]' };
  await trx
    .insertInto('notifier_run')
    .values({ study_id: event.key, result_id: event.data.resultId, withdrawn: 1, ...unknown })
    .onConflict((conflict) => conflict.columns(['study_id', 'result_id']).doUpdateSet({ withdrawn: 1 }))
    .execute();
}

/** `run.expected` and `run.overdue` of the newest version of the study count; late stays late. */
export async function foldAwaited(
  { trx }: Work,
  event: EventOf<'run.expected'> | EventOf<'run.overdue'>,
): Promise<void> {
  const { detector, studyVersion, findings, dueAt } = event.data;
  const late = event.type === 'run.overdue' ? 1 : 0;
  const told = { study_version: studyVersion, late, findings_json: JSON.stringify(findings), due_at: dueAt };
  await trx
    .insertInto('notifier_awaited')
    .values({ study_id: event.key, detector, ...told })
    .onConflict((conflict) =>
      conflict
        .columns(['study_id', 'detector'])
        .doUpdateSet(told)
        .where((where) =>
          where.or([
            where('notifier_awaited.study_version', '<', studyVersion),
            where.and([
              where('notifier_awaited.study_version', '=', studyVersion),
              where('notifier_awaited.late', '<=', late),
            ]),
          ]),
        ),
    )
    .execute();
}

/** The newest verdict on a finding counts. */
export async function foldVerdict({ trx }: Work, event: EventOf<'verdict.given'>): Promise<void> {
  const key = { study_id: event.key, result_id: event.data.resultId, finding: event.data.finding };
  const before = await trx
    .selectFrom('notifier_verdict')
    .select('stamp_json')
    .where('study_id', '=', key.study_id)
    .where('result_id', '=', key.result_id)
    .where('finding', '=', key.finding)
    .executeTakeFirst();
  if (before !== undefined && compareStamps(jsonOf<Stamp>(before.stamp_json), event.stamp) >= 0) return;
  const told = { verdict: event.data.verdict, stamp_json: JSON.stringify(event.stamp) };
  await trx
    .insertInto('notifier_verdict')
    .values({ ...key, ...told })
    .onConflict((conflict) => conflict.columns(['study_id', 'result_id', 'finding']).doUpdateSet(told))
    .execute();
}
