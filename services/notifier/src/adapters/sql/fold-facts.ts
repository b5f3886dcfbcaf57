import { type EventOf, tellsOf } from '@voorrang/contracts';
import { compareStamps, type OpaqueKeys, type Stamp } from '@voorrang/kernel';
import { emptyDocument, type FactsDocument, foldFields } from '../../domain/facts-document.ts';
import type { FactsBatch } from './facts-batch.ts';
import { documentOf, jsonOf, type ReportWord } from './rows.ts';

export type OrderEvent = EventOf<'order.placed'> | EventOf<'order.changed'>;

/** The opaque form of an accession number, which is a link and never shown. */
export const accessionKey = (keys: OpaqueKeys, site: string, accession: string): string =>
  keys.of('accession', site, accession);

export function linkAccessions(
  batch: FactsBatch,
  keys: OpaqueKeys,
  kind: 'study' | 'order',
  entity: string,
  site: string,
  accessions: readonly (string | undefined)[],
): void {
  for (const accession of accessions) {
    if (!accession) continue;
    const row = { accession_key: accessionKey(keys, site, accession), kind, entity };
    batch.accessions.set(JSON.stringify([row.accession_key, kind, entity]), row);
  }
}

type StudyChange = {
  readonly site: string;
  readonly stamp: Stamp;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  /** What only gathers: no later fact takes it away. */
  readonly gathered?: Readonly<Record<string, readonly (string | null)[]>>;
  /** First durable observation: images or a run. */
  readonly observed: boolean;
};

/** Folds one fact into a study. False when it changed nothing, as most of the many events of one series do. */
export function foldStudy({ studies }: FactsBatch, studyId: string, change: StudyChange): boolean {
  const { site, stamp, fields, gathered = {}, observed } = change;
  const before = studies.get(studyId);
  const known = documentOf(before?.document);
  let document = foldFields(known, stamp, fields);
  for (const [name, more] of Object.entries(gathered)) {
    const value = gather(known[name]?.value, more);
    if (value !== known[name]?.value && value !== '') document = { ...document, [name]: { value, stamp } };
  }
  const firstAt = observed ? Math.min(before?.first_at ?? Infinity, stamp.observedAt) : (before?.first_at ?? null);
  if (before !== undefined && document === known && firstAt === before.first_at) return false;
  const fresh = {
    study_id: studyId,
    site,
    images_complete_at: null,
    read_at: null,
    patient_key: null,
    visit_key: null,
  };
  studies.set(studyId, { ...(before ?? fresh), first_at: firstAt, document: JSON.stringify(document) });
  return true;
}

/** A set, sorted, separated as DICOM does. */
function gather(known: FactsDocument[string]['value'] | undefined, more: readonly (string | null)[]): string {
  const before = typeof known === 'string' ? known.split('\\') : [];
  return [...new Set([...before, ...more].filter((part): part is string => Boolean(part)))].sort().join('\\');
}

/** The first settling is the one that the clocks of an alert are about; a later version never moves them back or forth. */
export function foldSettled({ studies }: FactsBatch, { key, data }: EventOf<'study.settled'>): void {
  const before = studies.get(key);
  if (before === undefined || (before.images_complete_at ?? Infinity) <= data.imagesCompleteAt) return;
  studies.set(key, { ...before, images_complete_at: data.imagesCompleteAt });
}

export function foldRead({ studies }: FactsBatch, { key, stamp }: EventOf<'study.read'>): void {
  const before = studies.get(key);
  if (before === undefined || (before.read_at ?? 0) >= stamp.observedAt) return;
  studies.set(key, { ...before, read_at: stamp.observedAt });
}

/** Whether the reading has ended with a report on the order. An addendum says nothing of that; a cancelled or preliminary one after a final takes it back. */
export function foldReport(batch: FactsBatch, { data, site, stamp, key }: EventOf<'report.issued'>): void {
  if (data.status === 'addendum') return;
  const before = batch.orders.get(key);
  const last = before?.report_json ? jsonOf<ReportWord>(before.report_json) : undefined;
  if (last !== undefined && compareStamps(last.stamp, stamp) >= 0) return;
  const word: ReportWord = { ends: data.status === 'final' || data.status === 'corrected', stamp };
  const links = { study_id: null, patient_key: null, visit_key: null, placer_key: null };
  const order = before ?? { order_key: key, site, ...links, document: JSON.stringify(emptyDocument) };
  batch.orders.set(key, { ...order, report_json: JSON.stringify(word) });
}

export function foldOrder(batch: FactsBatch, keys: OpaqueKeys, event: OrderEvent): void {
  const { data, site, stamp, key } = event;
  const visitKey =
    data.visit?.number && data.patient ? keys.visit(site, data.patient.authority, data.visit.number) : null;
  const patientKey = data.patient ? keys.patient(data.patient.authority, data.patient.id) : null;
  const document = foldFields(documentOf(batch.orders.get(key)?.document), stamp, {
    priority: data.priority,
    strokeCode: data.strokeCode,
    indication: data.indication,
    procedureCode: data.procedure?.code,
    procedure: data.procedure?.text,
    modality: data.modality,
    patientClass: data.visit?.patientClass,
    location: data.visit?.location,
    birthDate: data.patient?.birthDate,
    sex: data.patient?.sex,
    patientKey,
    visitKey,
    studyId: data.studyInstanceUid === null ? null : keys.study(site, data.studyInstanceUid),
  });
  const text = (name: string): string | null => {
    const value = document[name]?.value;
    return typeof value === 'string' ? value : null;
  };
  batch.orders.set(key, {
    order_key: key,
    site,
    study_id: text('studyId'),
    patient_key: text('patientKey'),
    visit_key: text('visitKey'),
    placer_key: placerKeyOf(keys, event) ?? batch.orders.get(key)?.placer_key ?? null,
    report_json: batch.orders.get(key)?.report_json ?? null,
    document: JSON.stringify(document),
  });
  linkAccessions(batch, keys, 'order', key, site, data.accessionNumbers);
}

/** The key under which the order was told of before it had its filler number. */
function placerKeyOf(keys: OpaqueKeys, { site, data: { orderNumber } }: OrderEvent): string | undefined {
  const alone = { placer: orderNumber.placer, filler: null };
  return tellsOf(alone, orderNumber) ? keys.order(site, `placer:${orderNumber.placer}`) : undefined;
}

export function foldPatient(
  { patients }: FactsBatch,
  patientKey: string,
  stamp: Stamp,
  fields: { birthDate?: string | null; sex?: string | null },
): void {
  const before = patients.get(patientKey);
  const document = foldFields(documentOf(before?.document), stamp, fields);
  const into_key = before?.into_key ?? null;
  patients.set(patientKey, { patient_key: patientKey, into_key, document: JSON.stringify(document) });
}

export function foldVisit(
  { visits }: FactsBatch,
  visit: { key: string; site: string; patientKey: string },
  stamp: Stamp,
  fields: { patientClass: string | null; location: string | null },
): void {
  const before = visits.get(visit.key);
  visits.set(visit.key, {
    visit_key: visit.key,
    site: visit.site,
    patient_key: visit.patientKey,
    first_at: Math.min(before?.first_at ?? Infinity, stamp.observedAt),
    last_at: Math.max(before?.last_at ?? 0, stamp.observedAt),
    document: JSON.stringify(foldFields(before ? documentOf(before.document) : emptyDocument, stamp, fields)),
  });
}
