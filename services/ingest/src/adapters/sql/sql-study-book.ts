import type { EventData, NewEvent } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import { appendToOutbox, type Database } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import type { StudyBook } from '../../application/ports.ts';
import { growSeries, progressOf, type SettlingSettings } from '../../domain/grow-study.ts';
import { type StudyObservation, sincePruning } from '../../domain/observations.ts';
import type { SeriesByUid } from '../../domain/required-series.ts';
import { textOf } from '../../domain/series-attributes.ts';
import { decideSettling, dueAtOf, newStudy, type SettlingDecision, type StudyProgress } from '../../domain/settling.ts';
import { type IngestSchema, serviceName } from './schema.ts';
import { assemblerSource, contentConflict, siteConflicts } from './study-conflicts.ts';
import { addInstances } from './study-instances.ts';
import { loadSeries, saveSeries } from './study-series.ts';
import { arrived, loadSteps, noSteps, recordSteps, type StudySteps, studiesOf } from './study-steps.ts';

type Trx = Transaction<IngestSchema>;
type StudyRow = IngestSchema['ingest_study'];

/** Studies of one look at the due times; the caller looks again. */
const studiesPerRound = 100;
const longestModality = 16;
/**
 * What a settling tells at most. Escaped to the utmost this is 0.7 MB, so it is always within the 900 KB that the bus carries: a study that could not be told would never settle,
 * and neither would those due after it. The series themselves are told by `series.observed`.
 */
const mostSeriesTold = 1000;
const mostTermsTold = 100;

/** The study book in the tables of `schema.ts`. */
export function sqlStudyBook(database: Database<IngestSchema>): StudyBook {
  return {
    record: (observations, settings, now) =>
      database.transaction(async (trx) => {
        const told: NewEvent[] = [];
        for (const observation of observations) told.push(...(await recordOne(trx, observation, settings, now)));
        await appendToOutbox(trx, told, { service: serviceName, observedAt: now });
        return { conflicts: told.length };
      }),
    nextDueAt: async () => {
      const row = await database.query
        .selectFrom('ingest_study')
        .select(({ fn }) => fn.min('due_at').as('due_at'))
        .where('due_at', 'is not', null)
        .executeTakeFirst();
      return row?.due_at ?? undefined;
    },
    settleDue: async (now) => {
      const due = await database.query
        .selectFrom('ingest_study')
        .select('study_key')
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .limit(studiesPerRound)
        .execute();
      let settled = 0;
      for (const { study_key } of due) {
        settled += await database.transaction((trx) => settleOne(trx, study_key, now));
      }
      return settled;
    },
  };
}

/** Notes one study's part of a batch and gives the conflicts that it shows. What was recorded before changes nothing, not even under other settings. */
async function recordOne(
  trx: Trx,
  told: StudyObservation,
  settings: SettlingSettings,
  now: EpochMs,
): Promise<NewEvent[]> {
  const { key, site, studyInstanceUid, traceparent } = told;
  if (told.series.size === 0 && told.steps.size === 0) return [];
  const known = await studyRow(trx, key);
  const observation = sincePruning(told, known?.pruned_through ?? null);
  const { fresh, conflicting } = await addInstances(trx, observation);
  const before = await loadSeries(trx, key);
  const progress = known === undefined ? newStudy : progressOfRow(known);
  const grown = growSeries({ progress, series: before, steps: noSteps.steps }, observation, fresh);
  const seriesChanged = await saveSeries(trx, key, before, grown.series, grown.changed);
  const stepsChanged = observation.steps.size > 0 && (await recordSteps(trx, observation));
  const hasSteps = observation.steps.size > 0 || known?.has_steps === 1;
  if (known !== undefined && !seriesChanged && !stepsChanged && conflicting.length === 0) return [];

  let steps = hasSteps ? await loadSteps(trx, key) : noSteps;
  const filled = hasSteps && (await arrived(trx, [...steps.steps.keys()], fresh));
  if (filled) steps = await loadSteps(trx, key);
  const next = progressOf({ progress, series: grown.series, steps: steps.steps }, grown.seen, steps, site, settings);
  const study = { study_key: key, site, study_uid: studyInstanceUid };
  const columns = {
    traceparent: traceparent ?? known?.traceparent ?? null,
    has_steps: hasSteps ? 1 : 0,
    last_fact_at: Math.max(known?.last_fact_at ?? 0, told.lastAt),
    ...columnsOf(next),
  } as const;
  await trx
    .insertInto('ingest_study')
    .values({ ...study, ...columns })
    .onConflict((conflict) => conflict.column('study_key').doUpdateSet(columns))
    .execute();
  if (filled || stepsChanged) await refreshOthers(trx, key, steps, settings);
  return [
    ...(await contentConflict(trx, study, conflicting, now)),
    ...(known === undefined ? await siteConflicts(trx, study, now) : []),
  ];
}

/** Other studies of the same procedure steps: what they waited for may have come to this one. */
async function refreshOthers(trx: Trx, key: string, steps: StudySteps, settings: SettlingSettings): Promise<void> {
  for (const other of await studiesOf(trx, [...steps.steps.keys()])) {
    if (other === key) continue;
    const row = await studyRow(trx, other);
    if (row === undefined) continue;
    const theirs = await loadSteps(trx, other);
    const series = await loadSeries(trx, other);
    const known = { progress: progressOfRow(row), series, steps: theirs.steps };
    const next = progressOf(known, null, theirs, row.site, settings);
    await trx.updateTable('ingest_study').set(columnsOf(next)).where('study_key', '=', other).execute();
  }
}

const studyRow = (trx: Trx, key: string): Promise<StudyRow | undefined> =>
  trx.selectFrom('ingest_study').selectAll().where('study_key', '=', key).executeTakeFirst();

/** Reads the study again in its own transaction: images that came since have put it off. */
async function settleOne(trx: Trx, key: string, now: EpochMs): Promise<number> {
  const study = await studyRow(trx, key);
  if (study === undefined) return 0;
  const decision = decideSettling(progressOfRow(study), now);
  if (decision.kind === 'wait') return 0;
  const series = await loadSeries(trx, key);
  const steps = study.has_steps === 1 ? await loadSteps(trx, key) : noSteps;
  const event = settledEvent(study, series, steps, decision, now);
  await appendToOutbox(trx, [event], { service: serviceName, observedAt: now });
  await trx.updateTable('ingest_study').set(columnsOf(decision.next)).where('study_key', '=', key).execute();
  return 1;
}

/** A series that only a procedure step names is not among those that are there. */
function settledEvent(
  study: StudyRow,
  all: SeriesByUid,
  { steps }: StudySteps,
  { version, by, imagesCompleteAt }: Extract<SettlingDecision, { kind: 'settle' }>,
  now: EpochMs,
): NewEvent {
  const series = [...all].filter(([, { seen }]) => seen);
  const modalities = series.map(([, { attributes }]) => textOf(attributes, 'modality'));
  const performed = [...steps.values()].map(({ modality }) => modality ?? '');
  const data: EventData<'study.settled'> = {
    studyInstanceUid: study.study_uid,
    version,
    by,
    imagesCompleteAt,
    settledAt: now,
    modalities: distinct(modalities.some((text) => text !== '') ? modalities : performed).map((modality) =>
      modality.slice(0, longestModality),
    ),
    bodyParts: distinct(series.map(([, { attributes }]) => textOf(attributes, 'bodyPart'))),
    seriesInstanceUids: series
      .map(([uid]) => uid)
      .sort()
      .slice(0, mostSeriesTold),
  };
  return {
    type: 'study.settled',
    source: assemblerSource,
    site: study.site,
    key: study.study_key,
    ...(study.traceparent === null ? {} : { traceparent: study.traceparent }),
    data,
  };
}

const distinct = (texts: readonly string[]): string[] =>
  [...new Set(texts)]
    .filter((text) => text !== '')
    .sort()
    .slice(0, mostTermsTold);

function progressOfRow(row: StudyRow): StudyProgress {
  const { version, last_at, hard_due_at } = row;
  const open =
    last_at === null || hard_due_at === null
      ? null
      : {
          lastAt: last_at,
          quietDueAt: row.quiet_due_at,
          hardDueAt: hard_due_at,
          requiredDueAt: row.required_due_at,
          completeDueAt: row.complete_due_at,
        };
  return { version, open };
}

const columnsOf = (progress: StudyProgress) => ({
  version: progress.version,
  last_at: progress.open?.lastAt ?? null,
  quiet_due_at: progress.open?.quietDueAt ?? null,
  hard_due_at: progress.open?.hardDueAt ?? null,
  required_due_at: progress.open?.requiredDueAt ?? null,
  complete_due_at: progress.open?.completeDueAt ?? null,
  due_at: dueAtOf(progress),
});
