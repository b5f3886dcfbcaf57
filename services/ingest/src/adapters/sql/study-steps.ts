import type { Transaction } from 'kysely';
import type { Performed } from '../../domain/grow-study.ts';
import type { StudyObservation, ToldStep } from '../../domain/observations.ts';
import { mergeSteps, type StepState } from '../../domain/steps.ts';
import type { IngestSchema } from './schema.ts';
import { chunksOf } from './study-instances.ts';

type Trx = Transaction<IngestSchema>;
type StepRow = IngestSchema['ingest_step'];

/** Procedure steps of a study with what they still wait for. */
export type StudySteps = Performed & { readonly steps: ReadonlyMap<string, StepState> };

export const noSteps: StudySteps = { steps: new Map(), performed: false, awaited: false };

/** A SOP Instance UID is one of its site. */
export const stepKeyOf = (site: string, procedureStepUid: string): string => `${site} ${procedureStepUid}`;

export async function loadSteps(trx: Trx, key: string): Promise<StudySteps> {
  const rows = await trx.selectFrom('ingest_step').selectAll().where('study_key', '=', key).execute();
  const completed = rows.filter(({ status }) => status === 'completed');
  const awaited =
    completed.length > 0 &&
    (await trx
      .selectFrom('ingest_awaited')
      .select('sop_uid')
      .where(
        'step_key',
        'in',
        completed.map(({ step_key }) => step_key),
      )
      .limit(1)
      .executeTakeFirst()) !== undefined;
  return {
    steps: new Map(rows.map((row) => [row.step_key, stateOf(row)])),
    performed: completed.some(({ performed }) => performed === 1),
    awaited,
  };
}

/** Adds what a batch tells of steps. `true` when that says anything new. */
export async function recordSteps(trx: Trx, { key, site, steps }: StudyObservation): Promise<boolean> {
  let changed = false;
  for (const [uid, told] of steps) {
    const stepKey = stepKeyOf(site, uid);
    if (await recordStep(trx, key, stepKey, told)) changed = true;
    if (await awaitPerformed(trx, stepKey, [...told.performed])) changed = true;
  }
  return changed;
}

async function recordStep(trx: Trx, key: string, stepKey: string, told: ToldStep): Promise<boolean> {
  const known = await trx
    .selectFrom('ingest_step')
    .selectAll()
    .where('study_key', '=', key)
    .where('step_key', '=', stepKey)
    .executeTakeFirst();
  const state = known === undefined ? told.state : mergeSteps(stateOf(known), told.state);
  const performed = known?.performed === 1 || told.performed.size > 0 ? 1 : 0;
  const columns = { status: state.status, told_at: state.at, modality: state.modality, performed } as const;
  const same =
    known !== undefined &&
    known.status === columns.status &&
    known.told_at === columns.told_at &&
    known.modality === columns.modality &&
    known.performed === columns.performed;
  if (same) return false;
  await trx
    .insertInto('ingest_step')
    .values({ study_key: key, step_key: stepKey, ...columns })
    .onConflict((conflict) => conflict.columns(['study_key', 'step_key']).doUpdateSet(columns))
    .execute();
  return true;
}

/** Which of several studies of a step its instances belong to, the step does not say: one is there when it is in any of them. */
async function awaitPerformed(trx: Trx, stepKey: string, sopUids: readonly string[]): Promise<boolean> {
  const studies = await studiesOf(trx, [stepKey]);
  let changed = false;
  for (const part of chunksOf(sopUids)) {
    const there = await trx
      .selectFrom('ingest_instance')
      .select('sop_uid')
      .where('study_key', 'in', studies)
      .where('sop_uid', 'in', part)
      .execute();
    const known = new Set(there.map(({ sop_uid }) => sop_uid));
    if (await arrived(trx, [stepKey], [...known])) changed = true;
    const missing = part.filter((uid) => !known.has(uid));
    if (missing.length === 0) continue;
    const added = await trx
      .insertInto('ingest_awaited')
      .values(missing.map((sop_uid) => ({ step_key: stepKey, sop_uid })))
      .onConflict((conflict) => conflict.doNothing())
      .returning('sop_uid')
      .execute();
    changed ||= added.length > 0;
  }
  return changed;
}

/** Instances that steps wait for have come. `true` when any was awaited. */
export async function arrived(trx: Trx, stepKeys: readonly string[], sopUids: readonly string[]): Promise<boolean> {
  if (stepKeys.length === 0) return false;
  let any = false;
  for (const part of chunksOf(sopUids)) {
    const gone = await trx
      .deleteFrom('ingest_awaited')
      .where('step_key', 'in', stepKeys)
      .where('sop_uid', 'in', part)
      .returning('sop_uid')
      .execute();
    any ||= gone.length > 0;
  }
  return any;
}

/** Keys of the studies that steps belong to. */
export async function studiesOf(trx: Trx, stepKeys: readonly string[]): Promise<string[]> {
  if (stepKeys.length === 0) return [];
  const rows = await trx
    .selectFrom('ingest_step')
    .select('study_key')
    .distinct()
    .where('step_key', 'in', stepKeys)
    .execute();
  return rows.map(({ study_key }) => study_key);
}

const stateOf = ({ status, told_at, modality }: StepRow): StepState => ({ status, at: told_at, modality });
