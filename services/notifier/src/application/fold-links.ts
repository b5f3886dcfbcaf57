import type { EventOf, KnownEvent } from '@voorrang/contracts';
import type { OpaqueKeys } from '@voorrang/kernel';
import type { BatchKeys, FactsBatch } from '../adapters/sql/facts-batch.ts';
import {
  accessionKey,
  foldOrder,
  foldPatient,
  foldSettled,
  foldStudy,
  foldVisit,
  linkAccessions,
  type OrderEvent,
} from '../adapters/sql/fold-facts.ts';
import type { Touched } from './touched.ts';

type PatientEvent = EventOf<'patient.updated'> | EventOf<'patient.merged'> | EventOf<'visit.changed'>;

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
      case 'patient.merged':
        for (const { authority, id } of [event.data.prior, event.data.survivor])
          found.patients.add(keys.patient(authority, id));
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
      if (foldSeries(keys, batch, event)) touched.relink(event.key, event);
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
    case 'patient.updated':
    case 'patient.merged':
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

function foldSeries(keys: OpaqueKeys, batch: FactsBatch, event: EventOf<'series.observed'>): boolean {
  const { data, site, stamp, key } = event;
  const { patient } = data;
  const changed = foldStudy(batch, key, {
    site,
    stamp,
    fields: {
      ...(patient === null
        ? {}
        : { patientKey: keys.patient(patient.authority, patient.id), birthDate: patient.birthDate, sex: patient.sex }),
      modality: data.modality,
      description: data.studyDescription,
      accessions: data.accessionNumbers.map((a) => accessionKey(keys, site, a)).join(' '),
    },
    bodyParts: [data.bodyPart],
    observed: true,
  });
  if (changed) linkAccessions(batch, keys, 'study', key, site, data.accessionNumbers);
  return changed;
}

/** Gives the key of the patient whose studies it touches. */
function foldPatientEvent(keys: OpaqueKeys, batch: FactsBatch, event: PatientEvent): string {
  const { stamp, site } = event;
  const told = event.type === 'patient.merged' ? event.data.survivor : event.data.patient;
  const patientKey = keys.patient(told.authority, told.id);
  if (event.type === 'patient.merged') {
    const { authority, id } = event.data.prior;
    foldPatient(batch, keys.patient(authority, id), stamp, { into: patientKey });
    // What the survivor itself was merged into stays: merges may be heard in any order.
    foldPatient(batch, patientKey, stamp, birthOf(event.data.survivor));
  } else if (event.type === 'patient.updated') {
    foldPatient(batch, patientKey, stamp, birthOf(event.data.patient));
  } else if (event.data.visit.number !== null) {
    const key = keys.visit(site, told.authority, event.data.visit.number);
    foldVisit(batch, { key, site, patientKey }, stamp, event.data.visit);
  }
  return patientKey;
}

const birthOf = ({ birthDate, sex }: { birthDate: string | null; sex: string | null }) => ({ birthDate, sex });
