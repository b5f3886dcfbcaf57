import type { Finding } from '@voorrang/contracts';
import { compareStamps } from '@voorrang/kernel';
import type { Trx, Work } from '../../application/ports.ts';
import type { RunFacts, StudyFacts } from '../../domain/episode.ts';
import { newestStamp } from '../../domain/facts-document.ts';
import { patientFamily } from './patient-family.ts';
import { documentOf, jsonOf } from './rows.ts';
import type { NotifierSchema } from './schema.ts';

type StudyRow = NotifierSchema['notifier_study'];
type OrderRow = NotifierSchema['notifier_order'];

/** A study's place among the others: who the patient is, which visit, and what else belongs to the episode. */
export type Episode = {
  readonly focus: string;
  readonly site: string;
  readonly patientKey: string | null;
  readonly visitKey: string | null;
  readonly studies: readonly string[];
};

const ordersOf = async (trx: Trx, study: Pick<StudyRow, 'study_id' | 'site'>): Promise<readonly OrderRow[]> => {
  const rows = await trx
    .selectFrom('notifier_order')
    .selectAll()
    .where('site', '=', study.site)
    .where((where) =>
      where.or([
        where('study_id', '=', study.study_id),
        where(
          'order_key',
          'in',
          where
            .selectFrom('notifier_accession as theirs')
            .innerJoin('notifier_accession as ours', 'ours.accession_key', 'theirs.accession_key')
            .select('theirs.entity')
            .where('theirs.kind', '=', 'order')
            .where('ours.kind', '=', 'study')
            .where('ours.entity', '=', study.study_id),
        ),
      ]),
    )
    .execute();
  const newestFirst = (a: OrderRow, b: OrderRow): number =>
    compareStamps(newestStamp(documentOf(b.document)), newestStamp(documentOf(a.document)));
  return rows.toSorted(newestFirst);
};

/** Links a study anew from all that is known now, whatever came first, and finds the studies of its episode. */
export async function linkStudy(work: Work, studyId: string): Promise<Episode | undefined> {
  const { trx, protocol } = work;
  const study = await trx.selectFrom('notifier_study').selectAll().where('study_id', '=', studyId).executeTakeFirst();
  if (study === undefined) return undefined;
  const orders = await ordersOf(trx, study);
  const own = documentOf(study.document).patientKey?.value;
  const patientKey = typeof own === 'string' ? own : (orders.find((order) => order.patient_key)?.patient_key ?? null);
  const family = patientKey === null ? [] : await patientFamily(trx, patientKey);
  const at = study.first_at ?? work.now;
  const { episodeMs } = protocol.alerting;
  const visitKey =
    orders.find((order) => order.visit_key)?.visit_key ?? (await visitAround(trx, study.site, family, at, episodeMs));
  if (patientKey !== study.patient_key || visitKey !== study.visit_key) {
    await trx
      .updateTable('notifier_study')
      .set({ patient_key: patientKey, visit_key: visitKey })
      .where('study_id', '=', studyId)
      .execute();
  }
  const others = await trx
    .selectFrom('notifier_study')
    .select('study_id')
    .where('site', '=', study.site)
    .where((where) =>
      where.or([
        ...(visitKey === null ? [] : [where('visit_key', '=', visitKey)]),
        // Without a visit the patient and the window count. One that could be of two visits joins neither of them.
        ...(family.length === 0 || visitKey !== null
          ? []
          : [
              where.and([
                where('patient_key', 'in', family),
                where('visit_key', 'is', null),
                where('first_at', '>=', at - episodeMs),
                where('first_at', '<=', at + episodeMs),
              ]),
            ]),
        where('study_id', '=', studyId),
      ]),
    )
    .execute();
  return { focus: studyId, site: study.site, patientKey, visitKey, studies: others.map((row) => row.study_id) };
}

/** The one visit that orders and admission messages of the patient tell of around that time; with two nobody can say which. */
async function visitAround(
  trx: Trx,
  site: string,
  family: readonly string[],
  at: number,
  windowMs: number,
): Promise<string | null> {
  if (family.length === 0) return null;
  const visits = await trx
    .selectFrom('notifier_visit')
    .select('visit_key')
    .where('site', '=', site)
    .where('patient_key', 'in', family)
    .where('first_at', '<=', at + windowMs)
    .where('last_at', '>=', at - windowMs)
    .execute();
  return visits.length === 1 ? (visits[0]?.visit_key ?? null) : null;
}

/** Everything that decisions need of these studies. */
export async function loadStudies(work: Work, studyIds: readonly string[]): Promise<readonly StudyFacts[]> {
  if (studyIds.length === 0) return [];
  const rows = await work.trx
    .selectFrom('notifier_study')
    .selectAll()
    .where('study_id', 'in', [...studyIds])
    .orderBy('study_id')
    .execute();
  return Promise.all(rows.map((row) => loadStudy(work, row)));
}

async function loadStudy({ trx, now }: Work, row: StudyRow): Promise<StudyFacts> {
  const orders = await ordersOf(trx, row);
  const patient =
    row.patient_key === null
      ? undefined
      : await trx
          .selectFrom('notifier_patient')
          .select('document')
          .where('patient_key', '=', row.patient_key)
          .executeTakeFirst();
  const visit =
    row.visit_key === null
      ? undefined
      : await trx
          .selectFrom('notifier_visit')
          .select('document')
          .where('visit_key', '=', row.visit_key)
          .executeTakeFirst();
  const awaited = await trx
    .selectFrom('notifier_awaited')
    .selectAll()
    .where('study_id', '=', row.study_id)
    .orderBy('detector')
    .execute();
  return {
    studyId: row.study_id,
    site: row.site,
    referenceAt: row.first_at ?? now,
    imagesCompleteAt: row.images_complete_at,
    study: documentOf(row.document),
    orders: orders.map(({ document }) => documentOf(document)),
    patient: patient && documentOf(patient.document),
    visit: visit && documentOf(visit.document),
    runs: await loadRuns(trx, row.study_id),
    awaited: awaited.map((each) => ({
      detector: each.detector,
      findings: jsonOf<string[]>(each.findings_json),
      late: each.late === 1,
      dueAt: each.due_at,
    })),
  };
}

async function loadRuns(trx: Trx, studyId: string): Promise<readonly RunFacts[]> {
  const rows = await trx
    .selectFrom('notifier_run')
    .selectAll()
    .where('study_id', '=', studyId)
    .where('shadow', '=', 0)
    .orderBy('received_at')
    .orderBy('result_id')
    .execute();
  const verdicts = await trx.selectFrom('notifier_verdict').selectAll().where('study_id', '=', studyId).execute();
  const corrected = new Set(rows.map((row) => row.replaces));
  return rows.flatMap((row) => {
    const { detector, status, received_at } = row;
    if (detector === null || status === null || received_at === null) return [];
    return {
      resultId: row.result_id,
      detector,
      status: status as RunFacts['status'],
      findings: jsonOf<Finding[]>(row.findings_json),
      receivedAt: received_at,
      replaces: row.replaces ?? undefined,
      withdrawn: row.withdrawn === 1 || corrected.has(row.result_id),
      disagreed: new Set(
        verdicts
          .filter((each) => each.result_id === row.result_id && each.verdict === 'disagree')
          .map(({ finding }) => finding),
      ),
    };
  });
}
