import type { EventData, NewEvent } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import { appendToOutbox, type Database } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import type { StudyBook } from '../../application/ports.ts';
import type { StudyObservation } from '../../domain/observations.ts';
import {
  decideSettling,
  dueAtOf,
  newStudy,
  observeInstances,
  type SettlingDecision,
  type SettlingLimits,
  type StudyProgress,
} from '../../domain/settling.ts';
import { type IngestSchema, serviceName } from './schema.ts';

type Trx = Transaction<IngestSchema>;
type StudyRow = IngestSchema['ingest_study'];

/** Rows of one insert: far below the parameter limits of both engines. */
const rowsPerInsert = 1_000;
/** Studies of one look at the due times; the caller looks again. */
const studiesPerRound = 100;
const longestModality = 16;
export const assemblerSource = 'ingest/assembler';

/** The study book in the tables of `schema.ts`. */
export function sqlStudyBook(database: Database<IngestSchema>): StudyBook {
  return {
    record: (observations, limits) =>
      database.transaction(async (trx) => {
        for (const observation of observations) await recordOne(trx, observation, limits);
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

async function recordOne(trx: Trx, observation: StudyObservation, limits: SettlingLimits): Promise<void> {
  const { key, site, studyInstanceUid, instances, series, traceparent } = observation;
  const fresh = await addInstances(trx, key, [...instances.keys()]);
  if (fresh.length === 0) return;
  const known = await trx.selectFrom('ingest_study').selectAll().where('study_key', '=', key).executeTakeFirst();
  const times = fresh.map((sopUid) => instances.get(sopUid) ?? 0);
  const seen = times.reduce(
    ({ firstAt, lastAt }, at) => ({ firstAt: Math.min(firstAt, at), lastAt: Math.max(lastAt, at) }),
    { firstAt: Number.POSITIVE_INFINITY, lastAt: 0 },
  );
  const progress = observeInstances(known === undefined ? newStudy : progressOf(known), seen, limits);
  const row = { study_key: key, site, study_uid: studyInstanceUid, traceparent, ...columnsOf(progress) };
  await trx
    .insertInto('ingest_study')
    .values(row)
    .onConflict((conflict) => conflict.column('study_key').doUpdateSet({ traceparent, ...columnsOf(progress) }))
    .execute();
  await trx
    .insertInto('ingest_series')
    .values(
      [...series].map(([series_uid, { modality, bodyPart }]) => ({
        study_key: key,
        series_uid,
        modality,
        body_part: bodyPart,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Adds to the set and gives those that were not in it. */
async function addInstances(trx: Trx, key: string, sopUids: readonly string[]): Promise<string[]> {
  const fresh: string[] = [];
  for (let at = 0; at < sopUids.length; at += rowsPerInsert) {
    const rows = sopUids.slice(at, at + rowsPerInsert).map((sop_uid) => ({ study_key: key, sop_uid }));
    const added = await trx
      .insertInto('ingest_instance')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning('sop_uid')
      .execute();
    fresh.push(...added.map(({ sop_uid }) => sop_uid));
  }
  return fresh;
}

/** Reads the study again in its own transaction: images that came since have put it off. */
async function settleOne(trx: Trx, key: string, now: EpochMs): Promise<number> {
  const study = await trx.selectFrom('ingest_study').selectAll().where('study_key', '=', key).executeTakeFirst();
  if (study === undefined) return 0;
  const decision = decideSettling(progressOf(study), now);
  if (decision.kind === 'wait') return 0;
  const series = await trx
    .selectFrom('ingest_series')
    .selectAll()
    .where('study_key', '=', key)
    .orderBy('series_uid')
    .execute();
  await appendToOutbox(trx, [settledEvent(study, series, decision, now)], { service: serviceName, observedAt: now });
  await trx.updateTable('ingest_study').set(columnsOf(decision.next)).where('study_key', '=', key).execute();
  return 1;
}

function settledEvent(
  study: StudyRow,
  series: readonly IngestSchema['ingest_series'][],
  { version, by, imagesCompleteAt }: Extract<SettlingDecision, { kind: 'settle' }>,
  now: EpochMs,
): NewEvent {
  const distinct = (values: readonly (string | null)[]): string[] =>
    [...new Set(values.filter((value): value is string => value !== null))].sort();
  const data: EventData<'study.settled'> = {
    studyInstanceUid: study.study_uid,
    version,
    by,
    imagesCompleteAt,
    settledAt: now,
    modalities: distinct(series.map(({ modality }) => modality?.slice(0, longestModality) ?? null)),
    bodyParts: distinct(series.map(({ body_part }) => body_part)),
    seriesInstanceUids: series.map(({ series_uid }) => series_uid),
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

function progressOf({ version, last_at, quiet_due_at, hard_due_at }: StudyRow): StudyProgress {
  const open =
    last_at === null || quiet_due_at === null || hard_due_at === null
      ? null
      : { lastAt: last_at, quietDueAt: quiet_due_at, hardDueAt: hard_due_at };
  return { version, open };
}

const columnsOf = (progress: StudyProgress) => ({
  version: progress.version,
  last_at: progress.open?.lastAt ?? null,
  quiet_due_at: progress.open?.quietDueAt ?? null,
  hard_due_at: progress.open?.hardDueAt ?? null,
  due_at: dueAtOf(progress),
});
