import { compareFacts, type Fact, insertFact } from './facts.ts';
import { nameAccession, touchLinked } from './links.ts';
import { addTo, type StudyEntity, scoped, studyEntity, type WorklistState } from './state.ts';

type ResultFact = Fact<'run.recorded' | 'run.withdrawn' | 'run.expected' | 'run.overdue'>;
type StudyFact = Fact<
  | 'study.settled'
  | 'evidence.received'
  | 'study.claimed'
  | 'study.released'
  | 'study.raised'
  | 'study.held'
  | 'study.read'
  | 'verdict.given'
>;

/** Settling, evidence and what people do with the study. */
export function evolveStudyFact(state: WorklistState, event: StudyFact, affected: Set<string>): void {
  const study = studyEntity(state, event.key, event.site, event.data.studyInstanceUid);
  if (insertFact(study.facts, event)) affected.add(study.id);
}

/** A study may be told of thousands of times while a copy of it arrives: what is kept is the first word and the one that says most. */
export function evolveConflict(state: WorklistState, event: Fact<'study.conflicted'>, affected: Set<string>): void {
  const study = studyEntity(state, event.key, event.site, event.data.studyInstanceUid);
  const key = `${event.data.kind}|${event.data.otherSite ?? ''}`;
  const known = study.conflicts.get(key);
  const first = known === undefined || compareFacts(event, known.first) < 0 ? event : known.first;
  const most = known === undefined || saysMore(event, known.most) ? event : known.most;
  if (first === known?.first && most === known.most) return;
  study.conflicts.set(key, { first, most });
  affected.add(study.id);
}

const saysMore = (a: Fact<'study.conflicted'>, b: Fact<'study.conflicted'>): boolean =>
  a.data.count !== b.data.count ? a.data.count > b.data.count : compareFacts(a, b) < 0;

export function evolveResult(state: WorklistState, event: ResultFact, affected: Set<string>): void {
  const { data } = event;
  const uid = event.type === 'run.recorded' ? event.data.run.studyInstanceUid : uidOf(data);
  const study = studyEntity(state, event.key, event.site, uid);
  if (!insertFact(study.facts, event)) return;
  affected.add(study.id);
  if (event.type === 'run.expected' || event.type === 'run.overdue') noteDetector(state, study, event.data.detector);
  if (event.type === 'run.recorded') {
    const { detector, accessionNumber } = event.data.run;
    noteDetector(state, study, detector.id);
    if (accessionNumber) nameAccession(state, study, [accessionNumber]);
  }
  // While no image is there, a run begins the row and its accession number is the only link.
  if (study.series.size === 0) touchLinked(state, study, affected);
}

const uidOf = (data: ResultFact['data']): string | null => ('studyInstanceUid' in data ? data.studyInstanceUid : null);

const noteDetector = (state: WorklistState, study: StudyEntity, detector: string): void =>
  addTo(state.byDetector, scoped(study.site, detector), study.id);
