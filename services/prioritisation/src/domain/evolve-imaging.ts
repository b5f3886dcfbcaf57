import { compareStamps, type Stamp } from '@voorrang/kernel';
import { type Fact, laterOf } from './facts.ts';
import { imagePatient } from './image-facts.ts';
import { instanceHash } from './instance-hash.ts';
import { linkPatient, nameAccession, touchLinked } from './links.ts';
import { type Series, type StudyEntity, studyEntity, type WorklistState } from './state.ts';

type SeriesObserved = Fact<'series.observed'>;

export function evolveSeries(state: WorklistState, event: SeriesObserved, affected: Set<string>): void {
  const { data, stamp } = event;
  const study = studyEntity(state, event.key, event.site, data.studyInstanceUid);
  const begins = study.series.size === 0;
  const series = seriesOf(study, data.seriesInstanceUid, stamp);
  if (compareStamps(stamp, series.first) < 0) series.first = stamp;
  if (compareStamps(stamp, series.last) > 0) series.last = stamp;
  countInstances(series, event);
  const numbers = series.accessionNumbers?.value;
  writeAttributes(series, event);
  if (data.patient?.id) linkPatient(state, data.patient, { study: study.id });
  nameAccession(state, study, data.accessionNumbers);
  affected.add(study.id);
  if (begins || !sameTexts(numbers, series)) touchLinked(state, study, affected);
}

export function seriesOf(study: StudyEntity, uid: string, stamp: Stamp): Series {
  const known = study.series.get(uid);
  if (known) return known;
  const series: Series = {
    uid,
    instances: new Map(),
    announced: null,
    told: 0,
    first: stamp,
    last: stamp,
    modality: null,
    description: null,
    studyDescription: null,
    bodyPart: null,
    acquiredAt: null,
    patient: null,
    accessionNumbers: null,
    minutes: new Map(),
  };
  study.series.set(series.uid, series);
  return series;
}

/** Union of instances, each with its earliest stamp; the minute it is counted in follows that stamp. */
function countInstances(series: Series, { id, source, stamp, data }: SeriesObserved): void {
  const minute = Math.floor(stamp.observedAt / 60_000);
  const here = series.minutes.get(minute);
  const bucket = here ?? { first: stamp, id, source, count: 0 };
  if (!here) series.minutes.set(minute, bucket);
  const order = compareStamps(stamp, bucket.first);
  if (order < 0 || (order === 0 && id < bucket.id)) Object.assign(bucket, { first: stamp, id, source });
  for (const { sopInstanceUid } of data.instances) {
    const hash = instanceHash(sopInstanceUid);
    const earlier = series.instances.get(hash);
    if (earlier !== undefined && compareStamps(stamp, earlier) >= 0) continue;
    if (earlier !== undefined) {
      const left = series.minutes.get(Math.floor(earlier.observedAt / 60_000));
      if (left) left.count -= 1;
    }
    series.instances.set(hash, stamp);
    bucket.count += 1;
  }
}

function writeAttributes(series: Series, { data, stamp }: SeriesObserved): void {
  series.modality = laterOf(series.modality, data.modality, stamp);
  series.description = laterOf(series.description, data.seriesDescription, stamp);
  series.studyDescription = laterOf(series.studyDescription, data.studyDescription, stamp);
  series.bodyPart = laterOf(series.bodyPart, data.bodyPart, stamp);
  series.acquiredAt = laterOf(series.acquiredAt, data.acquiredAt, stamp);
  series.patient = laterOf(series.patient, imagePatient(data), stamp);
  const accessionNumbers = data.accessionNumbers.length > 0 ? data.accessionNumbers : null;
  series.accessionNumbers = laterOf(series.accessionNumbers, accessionNumbers, stamp);
}

const sameTexts = (before: readonly string[] | undefined, { accessionNumbers }: Series): boolean =>
  before === accessionNumbers?.value || before?.join('\\') === accessionNumbers?.value.join('\\');
