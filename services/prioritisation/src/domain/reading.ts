import { compareStamps, type Stamp } from '@voorrang/kernel';
import { earlierStamp, isAfter } from './facts.ts';
import type { IssuedReport, OrderView } from './order-view.ts';
import { firstMade } from './procedure-steps.ts';
import { firstRun } from './runs.ts';
import type { Series, StudyEntity, WorklistState } from './state.ts';

/** Where a study is between its first image and its report. */
export type Reading = {
  /** Begin of the reading in hand: its reference time and arrival. */
  readonly begunAt: Stamp;
  /** End of the reading before; what raised the study up to there is spent. */
  readonly before: Stamp | null;
  /** Set while it is off the reading list. */
  readonly doneAt: Stamp | null;
  /** Last time that it was read or reported, also when a late series has brought it back since. */
  readonly lastDoneAt: Stamp | null;
};

/**
 * Walks through the readings of a study by stamps: it leaves the list by `study.read` or a final report, and an image that was first observed
 * after that begins a new reading with a reference time of its own. `null` when nothing has begun a row.
 *
 * The reference time is that of the first image, here or announced; while there is none, that of the first procedure step that was completed with images, else of
 * the first run. A run that came before the images does not move it: else a detector's answer would change the key without AI (P2).
 */
export function readingOf(state: WorklistState, study: StudyEntity, views: readonly OrderView[]): Reading | null {
  const first = firstImageAfter(study, null) ?? firstMade(study) ?? firstRun(study)?.stamp ?? null;
  if (first === null) return null;
  let begunAt = first;
  let before: Stamp | null = null;
  for (const mark of [...readMarks(study), ...reportMarks(state, study, views)].sort(compareStamps)) {
    if (!isAfter(mark, begunAt)) continue;
    const late = firstImageAfter(study, mark);
    if (late === null) return { begunAt, before, doneAt: mark, lastDoneAt: mark };
    before = mark;
    begunAt = late;
  }
  return { begunAt, before, doneAt: null, lastDoneAt: before };
}

/** The first observation of an image after an instant; a copy of one that was known before is none. */
function firstImageAfter(study: StudyEntity, after: Stamp | null): Stamp | null {
  let found: Stamp | null = null;
  for (const series of study.series.values()) {
    if (after === null) {
      found = earlierStamp(found, series.first);
    } else if (isAfter(series.last, after)) {
      for (const seen of firstSeen(series)) if (isAfter(seen, after)) found = earlierStamp(found, seen);
    }
  }
  return found;
}

/** When each image of a series became known first, by whichever way. Images that were only counted are as old as their series. */
function* firstSeen({ instances, announced, first }: Series): Iterable<Stamp> {
  if (instances.size === 0 && announced === null) yield first;
  for (const [hash, seen] of instances) yield earlierStamp(seen, announced?.get(hash) ?? null) ?? seen;
  for (const [hash, seen] of announced ?? []) if (!instances.has(hash)) yield seen;
}

const readMarks = (study: StudyEntity): Stamp[] =>
  study.facts.filter((fact) => fact.type === 'study.read').map(({ stamp }) => stamp);

type Final = { readonly view: OrderView; readonly report: IssuedReport };

/**
 * Stamps of final reports at which everything ordered for the study was reported: a study that answers two orders is not read by the report of one.
 * A report that was cancelled later never was; preliminary ones and addenda do not count.
 */
function reportMarks(state: WorklistState, study: StudyEntity, views: readonly OrderView[]): Stamp[] {
  const finals = views
    .flatMap((view) => view.reports.map((report) => ({ view, report })))
    .filter(({ view, report }) => isFinal(view, report) && concerns(state, study, report));
  const ordered = views.filter((view) => view.known && view.cancelledAt === null);
  return finals
    .map(({ report }) => report.stamp)
    .filter((at) =>
      ordered
        .filter((view) => view.firstAt !== null && !isAfter(view.firstAt, at))
        .every((view) => finals.some((final) => !isAfter(final.report.stamp, at) && covers(study, final, view))),
    );
}

const isFinal = (view: OrderView, { status, stamp }: IssuedReport): boolean =>
  (status === 'final' || status === 'corrected') &&
  !view.reports.some((later) => later.status === 'cancelled' && isAfter(later.stamp, stamp));

/** A report that names another study which has images is of that study alone. (A run without images does not count: AI keeps nothing on the list.) */
function concerns(state: WorklistState, study: StudyEntity, { studyInstanceUid }: IssuedReport): boolean {
  if (studyInstanceUid === null || studyInstanceUid === study.uid) return true;
  return ![...(state.byUid.get(studyInstanceUid) ?? [])].some((id) => {
    const other = state.studies.get(id);
    return other !== undefined && other.site === study.site && other.series.size > 0;
  });
}

/**
 * A report is of its own order, or of the whole study when it names that. Orders may share an accession number, so a report covers another order
 * by that number only when nobody placed the one that it names.
 */
const covers = (study: StudyEntity, { view, report }: Final, order: OrderView): boolean =>
  view === order ||
  (report.studyInstanceUid !== null && report.studyInstanceUid === study.uid) ||
  (!view.known && report.accessionNumbers.some((number) => order.accessionNumbers.includes(number)));
