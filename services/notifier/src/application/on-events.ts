import { type EventOf, type KnownEvent, topicOf } from '@voorrang/contracts';
import { days, type EpochMs } from '@voorrang/kernel';
import { seenBefore } from '@voorrang/sql';
import {
  accessionKey,
  foldOrder,
  foldPatient,
  foldSettled,
  foldStudy,
  foldVisit,
  linkAccessions,
} from '../adapters/sql/fold-facts.ts';
import { foldAwaited, foldRun, foldVerdict, foldWithdrawal } from '../adapters/sql/fold-results.ts';
import { patientFamily } from '../adapters/sql/patient-family.ts';
import { evaluateStudy } from './evaluate-study.ts';
import { serviceName, type Work } from './ports.ts';

export const consumedTopics = ['imaging', 'orders', 'patients', 'results', 'reading'] as const;

/** A change of a patient touches studies at most this old: alerts of older ones are history. */
const patientReachMs = days(7);

/**
 * Folds facts into the links and decides anew for every study they touch, in the caller's transaction. Facts are a set: order and repetition do not
 * matter, so the inbox only spares work. Images are not in it, because one study has thousands and the fold sees by itself that they tell nothing new.
 */
export async function onEvents(work: Work, events: readonly KnownEvent[]): Promise<void> {
  const causes = new Map<string, Cause>();
  for (const event of events) {
    if (event.type !== 'series.observed' && (await seenBefore(work.trx, serviceName, event.id))) continue;
    for (const study of await fold(work, event)) causes.set(study, stronger(causes.get(study), causeOf(event)));
  }
  for (const [study, { traceparent }] of causes) await evaluateStudy(work, study, traceparent);
}

/** A fact that touched a study. Of several in one batch the one that pages is most worth following: a positive run, then any result. */
type Cause = { readonly weight: number; readonly traceparent: string | undefined };
const stronger = (a: Cause | undefined, b: Cause): Cause => (a !== undefined && a.weight >= b.weight ? a : b);

function causeOf(event: KnownEvent): Cause {
  const { traceparent } = event;
  if (traceparent === undefined) return { weight: 0, traceparent };
  if (event.type !== 'run.recorded') return { weight: topicOf(event.type) === 'results' ? 2 : 1, traceparent };
  const isPositive = event.data.run.findings.some(({ outcome }) => outcome === 'positive');
  return { weight: isPositive ? 4 : 3, traceparent };
}

/** Folds one fact; gives the studies that it touches. */
async function fold(work: Work, event: KnownEvent): Promise<readonly string[]> {
  switch (event.type) {
    case 'series.observed':
      return onSeries(work, event);
    case 'study.settled':
      await ensureStudy(work, event, false);
      await foldSettled(work, event);
      return [event.key];
    case 'order.placed':
    case 'order.changed':
      return onOrder(work, event);
    case 'patient.updated':
    case 'patient.merged':
    case 'visit.changed':
      return onPatient(work, event);
    case 'run.recorded':
      await ensureStudy(work, event, true);
      await linkAccessions(work, 'study', event.key, event.site, [event.data.run.accessionNumber]);
      await foldRun(work, event);
      return [event.key];
    case 'run.withdrawn':
      await foldWithdrawal(work, event);
      return [event.key];
    case 'run.expected':
    case 'run.overdue':
      await ensureStudy(work, event, false);
      await foldAwaited(work, event);
      return [event.key];
    case 'verdict.given':
      await foldVerdict(work, event);
      return [event.key];
    default:
      return [];
  }
}

/** A run may come before any image: the study is there from then on. */
const ensureStudy = (work: Work, event: KnownEvent, observed: boolean): Promise<boolean> =>
  foldStudy(work, event.key, { site: event.site, stamp: event.stamp, fields: {}, observed });

async function onSeries(work: Work, event: EventOf<'series.observed'>): Promise<readonly string[]> {
  const { data, site, stamp, key } = event;
  const { patient } = data;
  const changed = await foldStudy(work, key, {
    site,
    stamp,
    fields: {
      ...(patient === null
        ? {}
        : {
            patientKey: work.keys.patient(patient.authority, patient.id),
            birthDate: patient.birthDate,
            sex: patient.sex,
          }),
      modality: data.modality,
      description: data.studyDescription,
      accessions: data.accessionNumbers.map((a) => accessionKey(work, site, a)).join(' '),
    },
    bodyParts: [data.bodyPart],
    observed: true,
  });
  if (!changed) return [];
  await linkAccessions(work, 'study', key, site, data.accessionNumbers);
  return [key];
}

async function onOrder(
  work: Work,
  event: EventOf<'order.placed'> | EventOf<'order.changed'>,
): Promise<readonly string[]> {
  const { trx, keys } = work;
  const orderKey = await foldOrder(work, event);
  const { patient, visit } = event.data;
  const studies: string[] = [];
  if (patient && visit?.number) {
    const at = { key: keys.visit(event.site, patient.authority, visit.number), site: event.site };
    const patientKey = keys.patient(patient.authority, patient.id);
    await foldVisit(work, { ...at, patientKey }, event.stamp, visit);
    // Studies of the patient without an order of their own may be of this visit.
    studies.push(...(await studiesOfPatient(work, patientKey, event.stamp.observedAt)));
  }
  const byAccession = await trx
    .selectFrom('notifier_accession as theirs')
    .innerJoin('notifier_accession as ours', 'ours.accession_key', 'theirs.accession_key')
    .select('theirs.entity')
    .where('theirs.kind', '=', 'study')
    .where('ours.kind', '=', 'order')
    .where('ours.entity', '=', orderKey)
    .execute();
  const order = await trx
    .selectFrom('notifier_order')
    .select('study_id')
    .where('order_key', '=', orderKey)
    .executeTakeFirst();
  return [...studies, ...byAccession.map(({ entity }) => entity), ...(order?.study_id ? [order.study_id] : [])];
}

async function onPatient(
  work: Work,
  event: EventOf<'patient.updated'> | EventOf<'patient.merged'> | EventOf<'visit.changed'>,
): Promise<readonly string[]> {
  const { keys } = work;
  const { stamp, site } = event;
  const told = event.type === 'patient.merged' ? event.data.survivor : event.data.patient;
  const patientKey = keys.patient(told.authority, told.id);
  if (event.type === 'patient.merged') {
    await foldPatient(work, keys.patient(event.data.prior.authority, event.data.prior.id), stamp, { into: patientKey });
    await foldPatient(work, patientKey, stamp, { ...birthOf(event.data.survivor), into: patientKey });
  } else if (event.type === 'patient.updated') {
    await foldPatient(work, patientKey, stamp, birthOf(event.data.patient));
  } else if (event.data.visit.number !== null) {
    const key = keys.visit(site, told.authority, event.data.visit.number);
    await foldVisit(work, { key, site, patientKey }, stamp, event.data.visit);
  }
  return studiesOfPatient(work, patientKey, stamp.observedAt);
}

async function studiesOfPatient({ trx }: Work, patientKey: string, at: EpochMs): Promise<readonly string[]> {
  const family = await patientFamily(trx, patientKey);
  const rows = await trx
    .selectFrom('notifier_study')
    .select('study_id')
    .where('patient_key', 'in', [...family])
    .where('first_at', '>=', at - patientReachMs)
    .execute();
  return rows.map((row) => row.study_id);
}

const birthOf = ({ birthDate, sex }: { birthDate: string | null; sex: string | null }) => ({ birthDate, sex });
