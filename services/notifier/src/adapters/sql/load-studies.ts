import { correctedRuns, type Finding, type RunStanding } from '@voorrang/contracts';
import type { EpochMs, Stamp } from '@voorrang/kernel';
import type { Database } from '@voorrang/sql';
import type { Work } from '../../application/ports.ts';
import type { RunFacts, StudyFacts } from '../../domain/episode.ts';
import { type OrderRow, ordersOfStudies } from './orders-of-studies.ts';
import { documentOf, jsonOf, type ReportWord } from './rows.ts';
import type { NotifierSchema } from './schema.ts';

type RunRow = NotifierSchema['notifier_run'];
type VerdictRow = NotifierSchema['notifier_verdict'];

/** Of these studies those that can concern an alert: with a finding that an alert has, or a positive one. Most have neither. */
export async function studiesOfAlerts({ trx }: Work, studyIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (studyIds.length === 0) return new Set();
  const rows = await trx
    .selectFrom('notifier_run')
    .select('study_id')
    .where('study_id', 'in', [...studyIds])
    .where('positive', '=', 1)
    .where('shadow', '=', 0)
    .union(
      trx
        .selectFrom('notifier_contribution')
        .select('study_id')
        .where('study_id', 'in', [...studyIds]),
    )
    .execute();
  return new Set(rows.map(({ study_id }) => study_id));
}

/** Studies first seen since then that a run was late for, or came to without an answer; newest first. */
export async function studiesWithoutAnswer(
  { query }: Database<NotifierSchema>,
  where: { readonly from: EpochMs; readonly site: string | undefined; readonly limit: number },
): Promise<readonly string[]> {
  let select = query
    .selectFrom('notifier_study as study')
    .select('study.study_id')
    .where('study.first_at', '>=', where.from)
    .where('study.read_at', 'is', null)
    .where(({ or, exists, selectFrom }) =>
      or([
        exists(
          selectFrom('notifier_awaited as awaited')
            .select('awaited.detector')
            .whereRef('awaited.study_id', '=', 'study.study_id')
            .where('awaited.late', '=', 1),
        ),
        exists(
          selectFrom('notifier_run as run')
            .select('run.result_id')
            .whereRef('run.study_id', '=', 'study.study_id')
            .where('run.shadow', '=', 0)
            .where('run.withdrawn', '=', 0)
            .where((run) =>
              run.or([run('run.status', '!=', 'completed'), run('run.findings_json', 'like', '%"inconclusive"%')]),
            ),
        ),
      ]),
    );
  if (where.site !== undefined) select = select.where('study.site', '=', where.site);
  const rows = await select.orderBy('study.first_at', 'desc').orderBy('study.study_id').limit(where.limit).execute();
  return rows.map(({ study_id }) => study_id);
}

/** Everything that decisions need of these studies, in one query per table; sorted by id. */
export async function loadStudies({ trx, now }: Work, studyIds: readonly string[]): Promise<readonly StudyFacts[]> {
  if (studyIds.length === 0) return [];
  const ids = [...new Set(studyIds)];
  const rows = await trx
    .selectFrom('notifier_study as study')
    .leftJoin('notifier_patient as patient', 'patient.patient_key', 'study.patient_key')
    .leftJoin('notifier_visit as visit', 'visit.visit_key', 'study.visit_key')
    .selectAll('study')
    .select(['patient.document as patient_document', 'visit.document as visit_document'])
    .where('study.study_id', 'in', ids)
    .orderBy('study.study_id')
    .execute();
  const ordersOf = await ordersOfStudies(trx, rows);
  const awaited = await trx
    .selectFrom('notifier_awaited')
    .selectAll()
    .where('study_id', 'in', ids)
    .orderBy('detector')
    .execute();
  const runs = await trx
    .selectFrom('notifier_run')
    .selectAll()
    .where('study_id', 'in', ids)
    .orderBy('received_at')
    .orderBy('result_id')
    .execute();
  const verdicts = await trx.selectFrom('notifier_verdict').selectAll().where('study_id', 'in', ids).execute();
  return rows.map((row) => {
    const isOurs = (other: { study_id: string }): boolean => other.study_id === row.study_id;
    return {
      studyId: row.study_id,
      site: row.site,
      referenceAt: row.first_at ?? now,
      imagesCompleteAt: row.images_complete_at,
      study: documentOf(row.document),
      isRead: row.read_at !== null || ordersOf(row.study_id).some(hasReport),
      orders: ordersOf(row.study_id).map(({ document }) => documentOf(document)),
      patient: row.patient_document === null ? undefined : documentOf(row.patient_document),
      visit: row.visit_document === null ? undefined : documentOf(row.visit_document),
      runs: runFacts(row.first_at, runs.filter(isOurs), verdicts.filter(isOurs)),
      awaited: awaited.filter(isOurs).map((each) => ({
        detector: each.detector,
        findings: jsonOf<string[]>(each.findings_json),
        late: each.late === 1,
        dueAt: each.due_at,
      })),
    };
  });
}

const hasReport = ({ report_json }: OrderRow): boolean => report_json !== null && jsonOf<ReportWord>(report_json).ends;

const standingOf = (row: RunRow): readonly RunStanding[] =>
  row.detector === null || row.stamp_json === null
    ? []
    : [
        {
          resultId: row.result_id,
          detector: row.detector,
          replaces: row.replaces,
          stamp: jsonOf<Stamp>(row.stamp_json),
          shadow: row.shadow === 1,
          withdrawn: row.withdrawn === 1,
        },
      ];

/** The older of what the detector says and our stamp. What lies before the first image, or after the stamp, is a wrong clock. */
const foundAtOf = (firstAt: number | null, producedAt: number | null, receivedAt: number): number =>
  producedAt !== null && firstAt !== null && producedAt >= firstAt && producedAt <= receivedAt
    ? producedAt
    : receivedAt;

function runFacts(
  firstAt: number | null,
  rows: readonly RunRow[],
  verdicts: readonly VerdictRow[],
): readonly RunFacts[] {
  const corrected = correctedRuns(rows.flatMap(standingOf));
  return rows.flatMap((row) => {
    const { detector, status, received_at } = row;
    if (detector === null || status === null || received_at === null || row.shadow === 1) return [];
    return {
      resultId: row.result_id,
      detector,
      status: status as RunFacts['status'],
      findings: jsonOf<Finding[]>(row.findings_json),
      receivedAt: received_at,
      foundAt: foundAtOf(firstAt, row.produced_at, received_at),
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
