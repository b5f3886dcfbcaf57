import type { EventOf } from '@voorrang/contracts';
import { compareStamps, epochOf, type Stamp } from '@voorrang/kernel';
import type { Work } from '../../application/ports.ts';
import { jsonOf } from './rows.ts';
import type { NotifierSchema } from './schema.ts';

type RunEvent = EventOf<'run.recorded'> | EventOf<'run.withdrawn'>;
type AwaitedEvent = EventOf<'run.expected'> | EventOf<'run.overdue'>;
type RunRow = NotifierSchema['notifier_run'];
type AwaitedRow = NotifierSchema['notifier_awaited'];

const untold = {
  detector: null,
  received_at: null,
  produced_at: null,
  stamp_json: null,
  status: null,
  shadow: 0,
  replaces: null,
  findings_json: '[]',
  positive: 0,
};

/** Runs as told; a withdrawal that came before its run stays. Each statement has a run once, as `on conflict` asks for. */
export async function foldRuns({ trx }: Work, events: readonly RunEvent[]): Promise<void> {
  const told = new Map<string, RunRow>();
  const withdrawn = new Map<string, RunRow>();
  for (const event of events) {
    if (event.type === 'run.recorded') {
      const row = { study_id: event.key, result_id: event.data.run.resultId, withdrawn: 0, ...toldOf(event) };
      told.set(JSON.stringify([row.study_id, row.result_id]), row);
    } else {
      const row = { study_id: event.key, result_id: event.data.resultId, withdrawn: 1, ...untold };
      withdrawn.set(JSON.stringify([row.study_id, row.result_id]), row);
    }
  }
  if (told.size > 0) {
    await trx
      .insertInto('notifier_run')
      .values([...told.values()])
      .onConflict((conflict) =>
        conflict.columns(['study_id', 'result_id']).doUpdateSet((row) => ({
          detector: row.ref('excluded.detector'),
          received_at: row.ref('excluded.received_at'),
          produced_at: row.ref('excluded.produced_at'),
          stamp_json: row.ref('excluded.stamp_json'),
          status: row.ref('excluded.status'),
          shadow: row.ref('excluded.shadow'),
          replaces: row.ref('excluded.replaces'),
          findings_json: row.ref('excluded.findings_json'),
          positive: row.ref('excluded.positive'),
        })),
      )
      .execute();
  }
  if (withdrawn.size > 0) {
    await trx
      .insertInto('notifier_run')
      .values([...withdrawn.values()])
      .onConflict((conflict) => conflict.columns(['study_id', 'result_id']).doUpdateSet({ withdrawn: 1 }))
      .execute();
  }
}

const toldOf = ({ data: { run, shadow }, stamp }: EventOf<'run.recorded'>) => ({
  detector: run.detector.id,
  received_at: stamp.observedAt,
  produced_at: epochOf(run.producedAt) ?? null,
  stamp_json: JSON.stringify(stamp),
  status: run.status,
  shadow: shadow ? 1 : 0,
  replaces: run.replaces ?? null,
  findings_json: JSON.stringify(run.findings.map(({ keyImages: _, ...finding }) => finding)),
  positive: run.findings.some(({ outcome }) => outcome === 'positive') ? 1 : 0,
});

/** `run.expected` and `run.overdue` of the newest version of the study count; late stays late. */
export async function foldAwaited({ trx }: Work, events: readonly AwaitedEvent[]): Promise<void> {
  const rows = new Map<string, AwaitedRow>();
  for (const event of events) {
    const row = awaitedOf(event);
    const key = JSON.stringify([row.study_id, row.detector]);
    const before = rows.get(key);
    if (before === undefined || isNewer(row, before)) rows.set(key, row);
  }
  if (rows.size === 0) return;
  await trx
    .insertInto('notifier_awaited')
    .values([...rows.values()])
    .onConflict((conflict) =>
      conflict
        .columns(['study_id', 'detector'])
        .doUpdateSet((row) => ({
          study_version: row.ref('excluded.study_version'),
          late: row.ref('excluded.late'),
          findings_json: row.ref('excluded.findings_json'),
          due_at: row.ref('excluded.due_at'),
        }))
        .where((where) =>
          where.or([
            where('notifier_awaited.study_version', '<', where.ref('excluded.study_version')),
            where.and([
              where('notifier_awaited.study_version', '=', where.ref('excluded.study_version')),
              where('notifier_awaited.late', '<=', where.ref('excluded.late')),
            ]),
          ]),
        ),
    )
    .execute();
}

const awaitedOf = ({ key, type, data }: AwaitedEvent): AwaitedRow => ({
  study_id: key,
  detector: data.detector,
  study_version: data.studyVersion,
  late: type === 'run.overdue' ? 1 : 0,
  findings_json: JSON.stringify(data.findings),
  due_at: data.dueAt,
});

const isNewer = (row: AwaitedRow, before: AwaitedRow): boolean =>
  row.study_version > before.study_version || (row.study_version === before.study_version && row.late >= before.late);

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
