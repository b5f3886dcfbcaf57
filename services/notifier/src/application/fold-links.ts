import type { EventOf, EventType, KnownEvent } from '@voorrang/contracts';
import type { OpaqueKeys } from '@voorrang/kernel';
import type { BatchKeys, FactsBatch } from '../adapters/sql/facts-batch.ts';
import {
  accessionKey,
  foldOrder,
  foldPatient,
  foldRead,
  foldReport,
  foldSettled,
  foldStudy,
  foldVisit,
  linkAccessions,
  type OrderEvent,
} from '../adapters/sql/fold-facts.ts';
import type { Touched } from './touched.ts';

type PatientEvent = EventOf<'patient.updated'> | EventOf<'visit.changed'>;
type ImagesEvent = EventOf<'series.observed'> | EventOf<'images.announced'>;

/** What this service folds; everything else on its topics is none of its business. */
const foldedTypes: ReadonlySet<string> = new Set<EventType>([
  'series.observed',
  'images.announced',
  'study.settled',
  'order.placed',
  'order.changed',
  'report.issued',
  'patient.updated',
  'patient.merged',
  'patient.unmerged',
  'visit.changed',
  'run.recorded',
  'run.withdrawn',
  'run.expected',
  'run.overdue',
  'study.read',
  'verdict.given',
]);
export const isFolded = ({ type }: KnownEvent): boolean => foldedTypes.has(type);

/** A patient whose studies may be linked otherwise after this fact. */
export type PatientTouch = { readonly patientKey: string; readonly event: KnownEvent };

/** The rows that these facts are folded into. */
export function keysOf(keys: OpaqueKeys, events: readonly KnownEvent[]): BatchKeys {
  const found = {
    studies: new Set<string>(),
    orders: new Set<string>(),
    patients: new Set<string>(),
    visits: new Set<string>(),
  };
  for (const event of events) {
    switch (event.type) {
      case 'order.placed':
      case 'order.changed': {
        found.orders.add(event.key);
        const visit = visitOf(keys, event);
        if (visit !== undefined) found.visits.add(visit.key);
        break;
      }
      case 'report.issued':
        found.orders.add(event.key);
        break;
      case 'patient.unmerged':
        break;
      case 'patient.merged':
        found.patients.add(keys.patient(event.data.survivor.authority, event.data.survivor.id));
        break;
      case 'patient.updated':
        found.patients.add(keys.patient(event.data.patient.authority, event.data.patient.id));
        break;
      case 'visit.changed':
        if (event.data.visit.number !== null)
          found.visits.add(keys.visit(event.site, event.data.patient.authority, event.data.visit.number));
        break;
      default:
        found.studies.add(event.key);
    }
  }
  return found;
}

function visitOf(keys: OpaqueKeys, { site, data: { patient, visit } }: OrderEvent) {
  if (!patient || !visit?.number) return undefined;
  const { authority, id } = patient;
  return { key: keys.visit(site, authority, visit.number), site, patientKey: keys.patient(authority, id), told: visit };
}

/** Folds one fact into studies, orders, patients and visits; gives the patients whose studies it touches. */
export function foldLinks(
  keys: OpaqueKeys,
  batch: FactsBatch,
  event: KnownEvent,
  touched: Touched,
): readonly PatientTouch[] {
  switch (event.type) {
    case 'series.observed':
    case 'images.announced':
      if (foldImages(keys, batch, event)) touched.relink(event.key, event);
      return [];
    case 'study.read':
      ensureStudy(batch, event, false);
      foldRead(batch, event);
      touched.add(event.key, event);
      return [];
    case 'report.issued':
      foldReport(batch, event);
      return [];
    case 'study.settled':
      ensureStudy(batch, event, false);
      foldSettled(batch, event);
      touched.add(event.key, event);
      return [];
    case 'order.placed':
    case 'order.changed': {
      foldOrder(batch, keys, event);
      const visit = visitOf(keys, event);
      if (visit === undefined) return [];
      foldVisit(batch, visit, event.stamp, visit.told);
      // Studies of the patient without an order of their own may be of this visit.
      return [{ patientKey: visit.patientKey, event }];
    }
    case 'patient.merged':
      // Who stands for whom is told by all merges of the family together: see `foldMerges`.
      foldPatient(batch, survivorKey(keys, event), event.stamp, birthOf(event.data.survivor));
      return [];
    case 'patient.updated':
    case 'visit.changed':
      return [{ patientKey: foldPatientEvent(keys, batch, event), event }];
    case 'run.recorded': {
      const { accessionNumber } = event.data.run;
      ensureStudy(batch, event, true);
      linkAccessions(batch, keys, 'study', event.key, event.site, [accessionNumber]);
      if (accessionNumber) touched.relink(event.key, event);
      else touched.add(event.key, event);
      return [];
    }
    case 'run.expected':
    case 'run.overdue':
      ensureStudy(batch, event, false);
      touched.add(event.key, event);
      return [];
    case 'run.withdrawn':
    case 'verdict.given':
      touched.add(event.key, event);
      return [];
    default:
      return [];
  }
}

/** A run may come before any image: the study is there from then on. */
const ensureStudy = (batch: FactsBatch, event: KnownEvent, observed: boolean): boolean =>
  foldStudy(batch, event.key, { site: event.site, stamp: event.stamp, fields: {}, observed });

/** Images that lie elsewhere are images of the study; a procedure step only tells what they will be of. */
function foldImages(keys: OpaqueKeys, batch: FactsBatch, event: ImagesEvent): boolean {
  const { type, data, site, stamp, key } = event;
  const { patient } = data;
  const changed = foldStudy(batch, key, {
    site,
    stamp,
    fields: {
      // Without a number nobody is named: all who have none are not one patient.
      ...(patient?.id
        ? { patientKey: keys.patient(patient.authority, patient.id), birthDate: patient.birthDate, sex: patient.sex }
        : {}),
      modality: data.modality,
      description: data.studyDescription,
    },
    gathered: {
      bodyParts: type === 'series.observed' ? [data.bodyPart] : [],
      accessions: data.accessionNumbers.filter(Boolean).map((number) => accessionKey(keys, site, number)),
    },
    observed: type === 'series.observed' || data.status === 'available',
  });
  if (changed) linkAccessions(batch, keys, 'study', key, site, data.accessionNumbers);
  return changed;
}

const survivorKey = (keys: OpaqueKeys, { data: { survivor } }: EventOf<'patient.merged'>): string =>
  keys.patient(survivor.authority, survivor.id);

/** Gives the key of the patient whose studies it touches. */
function foldPatientEvent(keys: OpaqueKeys, batch: FactsBatch, event: PatientEvent): string {
  const { stamp, site } = event;
  const told = event.data.patient;
  const patientKey = keys.patient(told.authority, told.id);
  if (event.type === 'patient.updated') {
    foldPatient(batch, patientKey, stamp, birthOf(event.data.patient));
  } else if (event.data.visit.number !== null) {
    const key = keys.visit(site, told.authority, event.data.visit.number);
    foldVisit(batch, { key, site, patientKey }, stamp, event.data.visit);
  }
  return patientKey;
}

const birthOf = ({ birthDate, sex }: { birthDate: string | null; sex: string | null }) => ({ birthDate, sex });
