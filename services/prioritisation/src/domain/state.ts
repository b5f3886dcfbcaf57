import type { KnownEvent, Patient } from '@voorrang/contracts';
import type { OpaqueKeys, Stamp } from '@voorrang/kernel';
import type { Fact, Written } from './facts.ts';
import type { OrderFact, OrderView } from './order-view.ts';

/** Images of one minute of a series: the timeline tells them together. `count` is of instances seen first in that minute. */
export type SeriesMinute = { first: Stamp; id: string; source: string; count: number };

/** Patient as the images name it; whether they did not say whose id it is. */
export type ImagePatient = Patient & { readonly authorityAssumed?: true };

/** One series: the union of its instances and the last word on each attribute. Told in many facts, so these are not kept themselves. */
export type Series = {
  readonly uid: string;
  /** 53-bit hash of the SOP Instance UID to the stamp of its first observation. */
  readonly instances: Map<number, Stamp>;
  first: Stamp;
  last: Stamp;
  modality: Written<string> | null;
  description: Written<string> | null;
  studyDescription: Written<string> | null;
  bodyPart: Written<string> | null;
  acquiredAt: Written<string> | null;
  patient: Written<ImagePatient> | null;
  accessionNumbers: Written<readonly string[]> | null;
  /** Like `instances`, of those that a peer said lie in a PACS; null while none did. */
  announced: Map<number, Stamp> | null;
  /** Most instances that a peer said there are at a time. */
  told: number;
  /** By minute of our clock. */
  readonly minutes: Map<number, SeriesMinute>;
};

export type StudyEntity = {
  readonly id: string;
  readonly site: string;
  /** `null` while only a parked message has told of the study. */
  uid: string | null;
  readonly series: Map<string, Series>;
  /** Everything else that is keyed by the study, by stamp. */
  readonly facts: KnownEvent[];
  /** Whether a procedure step was told of, so that nobody looks for one in the facts of other studies. */
  hasSteps: boolean;
  /** By kind and other site: the first that was told of it, and the one that tells of most instances. */
  readonly conflicts: Map<string, { first: Fact<'study.conflicted'>; most: Fact<'study.conflicted'> }>;
  /** Accession numbers ever named for it; what holds now is asked of the facts. */
  readonly accessionNumbers: Set<string>;
};

export type OrderEntity = {
  readonly key: string;
  readonly site: string;
  readonly facts: OrderFact[];
  readonly accessionNumbers: Set<string>;
  /** Ids of the studies it ever named by UID. */
  readonly named: Set<string>;
  readonly patients: Set<string>;
  placer: string | null;
  filler: string | null;
  /** Id of the row that stands for it while no images are there. */
  readonly expectedId: string;
  /** Folded facts, dropped when one is added. */
  view: OrderView | null;
};

export type PatientEntity = {
  readonly pid: string;
  readonly facts: Fact<'patient.updated' | 'patient.merged' | 'patient.unmerged' | 'visit.changed'>[];
  /** Patients that a merge or its undoing ever named together with this one. */
  readonly neighbours: Set<string>;
  /** The one pointer that a merge changes, and its undoing. */
  survivor: string | null;
  readonly studies: Set<string>;
  readonly orders: Set<string>;
  /** Partition keys under which facts of it came, to find it when a message is parked. */
  readonly keys: Set<string>;
};

export type LinkEntry = { readonly studies: Set<string>; readonly orders: Set<string> };

/** A message that can never be read: its study is shown as unprocessed. `site` and `uid` as far as they could be read. */
export type ParkedMark = {
  readonly topic: string;
  readonly key: string;
  readonly site: string | null;
  readonly uid: string | null;
  readonly at: number;
};

/**
 * All source facts, arranged for quick answers. It is a function of the SET of facts: links are unions of all that was ever said,
 * and what holds among them is decided when a study is projected, by stamps. So order of arrival never matters.
 */
export type WorklistState = {
  readonly keys: OpaqueKeys;
  readonly studies: Map<string, StudyEntity>;
  readonly orders: Map<string, OrderEntity>;
  readonly patients: Map<string, PatientEntity>;
  readonly byAccession: Map<string, LinkEntry>;
  readonly namedBy: Map<string, Set<string>>;
  readonly byPlacer: Map<string, Set<string>>;
  readonly byUid: Map<string, Set<string>>;
  readonly byDetector: Map<string, Set<string>>;
  readonly byExpectedId: Map<string, string>;
  readonly byPatientKey: Map<string, string>;
  readonly alerts: Map<string, KnownEvent[]>;
  readonly policies: Fact<'policy.activated'>[];
  readonly detectorStates: Map<string, Fact<'detector.state-changed'>[]>;
  /** By `topic:key`; not part of a snapshot, the parking store tells it at every start. */
  readonly parked: Map<string, ParkedMark>;
};

export const initialState = (keys: OpaqueKeys): WorklistState => ({
  keys,
  studies: new Map(),
  orders: new Map(),
  patients: new Map(),
  byAccession: new Map(),
  namedBy: new Map(),
  byPlacer: new Map(),
  byUid: new Map(),
  byDetector: new Map(),
  byExpectedId: new Map(),
  byPatientKey: new Map(),
  alerts: new Map(),
  policies: [],
  detectorStates: new Map(),
  parked: new Map(),
});

/** Within one process only; never leaves it. */
export const pidOf = (patient: { readonly authority: string; readonly id: string }): string =>
  `${patient.authority}\u0000${patient.id}`;
export const scoped = (site: string, text: string): string => `${site}\u0000${text}`;

export function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

export function studyEntity(state: WorklistState, id: string, site: string, uid: string | null): StudyEntity {
  let study = state.studies.get(id);
  if (!study) {
    study = {
      id,
      site,
      uid,
      series: new Map(),
      facts: [],
      hasSteps: false,
      conflicts: new Map(),
      accessionNumbers: new Set(),
    };
    state.studies.set(id, study);
    if (uid !== null) addTo(state.byUid, uid, id);
  } else if (study.uid === null && uid !== null) {
    study.uid = uid;
    addTo(state.byUid, uid, id);
  }
  return study;
}

export function orderEntity(state: WorklistState, key: string, site: string): OrderEntity {
  const known = state.orders.get(key);
  if (known) return known;
  const order: OrderEntity = {
    key,
    site,
    facts: [],
    accessionNumbers: new Set(),
    named: new Set(),
    patients: new Set(),
    placer: null,
    filler: null,
    expectedId: state.keys.of('expected', site, key),
    view: null,
  };
  state.orders.set(key, order);
  state.byExpectedId.set(order.expectedId, key);
  return order;
}

export function patientEntity(state: WorklistState, pid: string): PatientEntity {
  const known = state.patients.get(pid);
  if (known) return known;
  const patient: PatientEntity = {
    pid,
    facts: [],
    neighbours: new Set(),
    survivor: null,
    studies: new Set(),
    orders: new Set(),
    keys: new Set(),
  };
  state.patients.set(pid, patient);
  return patient;
}

export function linkEntry(state: WorklistState, site: string, accessionNumber: string): LinkEntry {
  const key = scoped(site, accessionNumber);
  const known = state.byAccession.get(key);
  if (known) return known;
  const entry: LinkEntry = { studies: new Set(), orders: new Set() };
  state.byAccession.set(key, entry);
  return entry;
}
