import type { EventOf, KnownEvent } from '@voorrang/contracts';
import { days, type EpochMs } from '@voorrang/kernel';
import { notSeenBefore } from '@voorrang/sql';
import { FactsBatch, studyRows, writeStudies } from '../adapters/sql/facts-batch.ts';
import type { OrderEvent } from '../adapters/sql/fold-facts.ts';
import { foldMerges, type MergeEvent } from '../adapters/sql/fold-merges.ts';
import { foldAwaited, foldRuns, foldVerdict } from '../adapters/sql/fold-results.ts';
import { linkStudies } from '../adapters/sql/link-studies.ts';
import { studiesOfOrders } from '../adapters/sql/orders-of-studies.ts';
import { patientFamilies } from '../adapters/sql/patient-family.ts';
import { evaluateStudies } from './evaluate-study.ts';
import { foldLinks, isFolded, keysOf, type PatientTouch } from './fold-links.ts';
import { serviceName, type Work } from './ports.ts';
import { Touched } from './touched.ts';

export const consumedTopics = ['imaging', 'orders', 'patients', 'results', 'reading'] as const;

/** A change of a patient touches studies at most this old: alerts of older ones are history. */
const patientReachMs = days(7);

/**
 * Folds facts into the links and decides anew for every study they touch, in the caller's transaction, with a number of statements that does not grow
 * with the number of facts. Facts are a set: order and repetition do not matter, so the inbox only spares work. Images are not in it, because one study
 * has thousands and the fold sees by itself that they tell nothing new.
 */
export async function onEvents(work: Work, events: readonly KnownEvent[]): Promise<void> {
  const folded = events.filter(isFolded);
  const noted = folded.filter(({ type }) => type !== 'series.observed').map(({ id }) => id);
  const left = new Set(await notSeenBefore(work.trx, serviceName, noted));
  const fresh = folded.filter(({ type, id }) => type === 'series.observed' || left.delete(id));
  if (fresh.length === 0) return;
  const batch = await FactsBatch.load(work.trx, keysOf(work.keys, fresh));
  const touched = new Touched();
  const patients = fresh.flatMap((event) => foldLinks(work.keys, batch, event, touched));
  await foldResults(work, fresh);
  await batch.writeLinks(work.trx);
  const parted = await foldMerges(work, fresh.filter(isMerge));
  await touchByOrder(work, fresh.filter(isOrder), touched);
  await touchByPatient(work, [...patients, ...parted], touched);
  await decide(work, batch, touched);
}

const isRun = (event: KnownEvent): event is EventOf<'run.recorded'> | EventOf<'run.withdrawn'> =>
  event.type === 'run.recorded' || event.type === 'run.withdrawn';
const isAwaited = (event: KnownEvent): event is EventOf<'run.expected'> | EventOf<'run.overdue'> =>
  event.type === 'run.expected' || event.type === 'run.overdue';
const isMerge = (event: KnownEvent): event is MergeEvent =>
  event.type === 'patient.merged' || event.type === 'patient.unmerged';
const isOrder = (event: KnownEvent): event is OrderEvent =>
  event.type === 'order.placed' || event.type === 'order.changed';

async function foldResults(work: Work, events: readonly KnownEvent[]): Promise<void> {
  await foldRuns(work, events.filter(isRun));
  await foldAwaited(work, events.filter(isAwaited));
  for (const event of events) if (event.type === 'verdict.given') await foldVerdict(work, event);
}

/** Studies that an order, under its own number or its placer's alone, names or shares an accession number with. */
async function touchByOrder({ trx }: Work, events: readonly OrderEvent[], touched: Touched): Promise<void> {
  if (events.length === 0) return;
  const studiesOf = await studiesOfOrders(
    trx,
    events.map(({ key }) => key),
  );
  for (const event of events) for (const study of studiesOf(event.key)) touched.relink(study, event);
}

/** Studies of the patients, under all their names, that may be of another visit or another patient now. */
async function touchByPatient({ trx }: Work, patients: readonly PatientTouch[], touched: Touched): Promise<void> {
  if (patients.length === 0) return;
  const familyOf = await patientFamilies(
    trx,
    patients.map(({ patientKey }) => patientKey),
  );
  const earliest = (at: EpochMs): EpochMs => at - patientReachMs;
  const rows = await trx
    .selectFrom('notifier_study')
    .select(['study_id', 'patient_key', 'first_at'])
    .where('patient_key', 'in', [...new Set(patients.flatMap(({ patientKey }) => familyOf(patientKey)))])
    .where('first_at', '>=', Math.min(...patients.map(({ event }) => earliest(event.stamp.observedAt))))
    .execute();
  for (const { patientKey, event } of patients) {
    const family = familyOf(patientKey);
    for (const { study_id, patient_key, first_at } of rows) {
      const isInReach = (first_at ?? 0) >= earliest(event.stamp.observedAt);
      if (isInReach && family.includes(patient_key ?? '')) touched.relink(study_id, event);
    }
  }
}

/** Links what needs it, writes the studies, and decides. A link stays in force until a fact of study, order, patient or visit touches the study. */
async function decide(work: Work, batch: FactsBatch, touched: Touched): Promise<void> {
  const { trx, now } = work;
  const missing = await studyRows(
    trx,
    [...touched.causes.keys()].filter((id) => !batch.studies.has(id)),
  );
  const rows = [...touched.causes.keys()].flatMap(
    (id) => batch.studies.get(id) ?? missing.find((row) => row.study_id === id) ?? [],
  );
  // Patients touch only younger studies, so an older one is linked at each fact of its own.
  const isOld = (firstAt: EpochMs | null): boolean => firstAt === null || firstAt < now - patientReachMs;
  const needsLink = rows.filter(
    ({ study_id, first_at }) => touched.links.has(study_id) || batch.studies.isChanged(study_id) || isOld(first_at),
  );
  const linked = new Map((await linkStudies(work, needsLink)).map((row) => [row.study_id, row]));
  const studies = rows.map((row) => linked.get(row.study_id) ?? row);
  await writeStudies(
    trx,
    studies.filter(
      (row, at) =>
        batch.studies.isChanged(row.study_id) ||
        row.patient_key !== rows[at]?.patient_key ||
        row.visit_key !== rows[at]?.visit_key,
    ),
  );
  await evaluateStudies(
    work,
    studies.map((study) => ({ study, cause: touched.causes.get(study.study_id)?.traceparent })),
  );
}
