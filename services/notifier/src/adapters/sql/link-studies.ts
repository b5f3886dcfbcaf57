import type { Work } from '../../application/ports.ts';
import { type OrderRow, ordersOfStudies } from './orders-of-studies.ts';
import { patientFamilies } from './patient-family.ts';
import { documentOf } from './rows.ts';
import type { NotifierSchema } from './schema.ts';

export type StudyRow = NotifierSchema['notifier_study'];
type VisitRow = Pick<NotifierSchema['notifier_visit'], 'visit_key' | 'site' | 'patient_key' | 'first_at' | 'last_at'>;

/** A study's place among the others: who the patient is, which visit, and what else belongs to the episode. */
export type Episode = {
  readonly focus: string;
  readonly site: string;
  readonly patientKey: string | null;
  readonly visitKey: string | null;
  readonly studies: readonly string[];
};

/** Links studies anew from all that is known now, whatever came first: gives the rows with the patient and the visit in force. */
export async function linkStudies(work: Work, studies: readonly StudyRow[]): Promise<readonly StudyRow[]> {
  if (studies.length === 0) return [];
  const { trx, now, protocol } = work;
  const ordersOf = await ordersOfStudies(trx, studies);
  const ownOf = (study: StudyRow): string | null => {
    const own = documentOf(study.document).patientKey?.value;
    return typeof own === 'string' ? own : null;
  };
  const isForeign = (study: StudyRow, { patient_key }: OrderRow): boolean =>
    ownOf(study) !== null && patient_key !== null && patient_key !== ownOf(study);
  const doubtful = studies.filter((study) => ordersOf(study.study_id).some((order) => isForeign(study, order)));
  const ownFamilyOf = await familiesOf(
    work,
    doubtful.map((study) => ({ patient_key: ownOf(study) })),
  );
  const linked = studies.map((study) => {
    const own = ownOf(study);
    // An accession number that a detector gave wrongly must not bring another patient's visit, and with it that patient's alerts.
    const orders = ordersOf(study.study_id).filter(
      (order) => !isForeign(study, order) || ownFamilyOf({ patient_key: own }).includes(order.patient_key ?? ''),
    );
    return {
      ...study,
      patient_key: own ?? orders.find((order) => order.patient_key)?.patient_key ?? null,
      visit_key: orders.find((order) => order.visit_key)?.visit_key ?? null,
    };
  });
  const searching = linked.filter(({ visit_key }) => visit_key === null);
  const familyOf = await familiesOf(work, searching);
  const visits = await visitsOf(work, [...new Set(searching.flatMap(familyOf))]);
  return linked.map((study) => {
    if (study.visit_key !== null) return study;
    const around = visitAround(study, familyOf(study), visits, study.first_at ?? now, protocol.alerting.episodeMs);
    return { ...study, visit_key: around };
  });
}

type FamilyOf = (study: Pick<StudyRow, 'patient_key'>) => readonly string[];

async function familiesOf({ trx }: Work, studies: readonly Pick<StudyRow, 'patient_key'>[]): Promise<FamilyOf> {
  const families = await patientFamilies(
    trx,
    studies.flatMap(({ patient_key }) => patient_key ?? []),
  );
  return ({ patient_key }) => (patient_key === null ? [] : families(patient_key));
}

async function visitsOf({ trx }: Work, patients: readonly string[]): Promise<readonly VisitRow[]> {
  if (patients.length === 0) return [];
  return trx
    .selectFrom('notifier_visit')
    .select(['visit_key', 'site', 'patient_key', 'first_at', 'last_at'])
    .where('patient_key', 'in', [...patients])
    .execute();
}

/** The one visit that orders and admission messages of the patient tell of around that time; with two nobody can say which. */
function visitAround(
  { site }: StudyRow,
  family: readonly string[],
  visits: readonly VisitRow[],
  at: number,
  windowMs: number,
): string | null {
  const around = visits.filter(
    (visit) =>
      visit.site === site &&
      family.includes(visit.patient_key) &&
      visit.first_at <= at + windowMs &&
      visit.last_at >= at - windowMs,
  );
  return around.length === 1 ? (around[0]?.visit_key ?? null) : null;
}

/** The episodes of linked studies, for all of them in two queries. */
export async function episodesOf(work: Work, studies: readonly StudyRow[]): Promise<readonly Episode[]> {
  const { now, protocol } = work;
  const { episodeMs } = protocol.alerting;
  const atOf = ({ first_at }: StudyRow): number => first_at ?? now;
  const without = studies.filter(({ visit_key, patient_key }) => visit_key === null && patient_key !== null);
  const familyOf = await familiesOf(work, without);
  const candidates = await neighbours(work, {
    visits: [...new Set(studies.flatMap(({ visit_key }) => visit_key ?? []))],
    patients: [...new Set(without.flatMap(familyOf))],
    from: Math.min(...without.map(atOf)) - episodeMs,
    to: Math.max(...without.map(atOf)) + episodeMs,
  });
  return studies.map((study) => {
    const { study_id: focus, site, patient_key: patientKey, visit_key: visitKey } = study;
    const family = visitKey === null ? familyOf(study) : [];
    const isNear = (at: number | null): boolean => at !== null && Math.abs(at - atOf(study)) <= episodeMs;
    // Without a visit the patient and the window count. One that could be of two visits joins neither of them.
    const others = candidates.filter(
      (other) =>
        other.site === site &&
        other.study_id !== focus &&
        (visitKey === null
          ? other.visit_key === null && family.includes(other.patient_key ?? '') && isNear(other.first_at)
          : other.visit_key === visitKey),
    );
    return { focus, site, patientKey, visitKey, studies: [focus, ...others.map(({ study_id }) => study_id)] };
  });
}

type Neighbour = Pick<StudyRow, 'study_id' | 'site' | 'patient_key' | 'visit_key' | 'first_at'>;

async function neighbours(
  { trx }: Work,
  of: { visits: readonly string[]; patients: readonly string[]; from: number; to: number },
): Promise<readonly Neighbour[]> {
  if (of.visits.length === 0 && of.patients.length === 0) return [];
  return trx
    .selectFrom('notifier_study')
    .select(['study_id', 'site', 'patient_key', 'visit_key', 'first_at'])
    .where((where) =>
      where.or([
        ...(of.visits.length === 0 ? [] : [where('visit_key', 'in', of.visits)]),
        ...(of.patients.length === 0
          ? []
          : [
              where.and([
                where('patient_key', 'in', of.patients),
                where('visit_key', 'is', null),
                where('first_at', '>=', of.from),
                where('first_at', '<=', of.to),
              ]),
            ]),
      ]),
    )
    .execute();
}
