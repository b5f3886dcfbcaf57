import { compareStamps } from '@voorrang/kernel';
import { seriesOf } from './evolve-imaging.ts';
import { type Fact, insertFact, laterOf } from './facts.ts';
import { imagePatient, imagesIn } from './image-facts.ts';
import { instanceHash } from './instance-hash.ts';
import { linkPatient, nameAccession, touchLinked } from './links.ts';
import { type StudyEntity, studyEntity, type WorklistState } from './state.ts';

type Announced = Fact<'images.announced'>;

/**
 * Images that lie in a PACS are in the union of the study like those that came here. What a procedure step says is kept as a fact: it makes no image.
 * Facts are kept without their instances, which the union has.
 */
export function evolveAnnounced(state: WorklistState, event: Announced, affected: Set<string>): void {
  const { data } = event;
  const study = studyEntity(state, event.key, event.site, data.studyInstanceUid);
  if (data.status === 'available') for (const series of data.series) announce(study, event, series);
  study.hasSteps ||= data.by === 'mpps';
  insertFact(study.facts, withoutInstances(event));
  if (data.patient?.id) linkPatient(state, data.patient, { study: study.id });
  nameAccession(state, study, data.accessionNumbers);
  affected.add(study.id);
  touchLinked(state, study, affected);
}

function announce(study: StudyEntity, { data, stamp }: Announced, told: Announced['data']['series'][number]): void {
  const count = imagesIn(told);
  if (count === 0) return;
  const series = seriesOf(study, told.seriesInstanceUid, stamp);
  if (compareStamps(stamp, series.first) < 0) series.first = stamp;
  if (compareStamps(stamp, series.last) > 0) series.last = stamp;
  series.told = Math.max(series.told, count);
  for (const { sopInstanceUid } of told.instances) {
    series.announced ??= new Map();
    const hash = instanceHash(sopInstanceUid);
    const earlier = series.announced.get(hash);
    if (earlier === undefined || compareStamps(stamp, earlier) < 0) series.announced.set(hash, stamp);
  }
  series.modality = laterOf(series.modality, told.modality ?? data.modality, stamp);
  series.description = laterOf(series.description, told.description, stamp);
  series.studyDescription = laterOf(series.studyDescription, data.studyDescription, stamp);
  series.patient = laterOf(series.patient, imagePatient(data), stamp);
  const accessionNumbers = data.accessionNumbers.length > 0 ? data.accessionNumbers : null;
  series.accessionNumbers = laterOf(series.accessionNumbers, accessionNumbers, stamp);
}

const withoutInstances = (event: Announced): Announced => ({
  ...event,
  data: {
    ...event.data,
    series: event.data.series.map((one) => ({ ...one, instances: [], instanceCount: imagesIn(one) })),
  },
});
