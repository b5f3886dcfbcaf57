import type { KnownEvent, Patient } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import fc from 'fast-check';
import { type Draft, draft, keys, monday, orderData, orderKeyOf, stamped } from './facts.ts';
import { addAnnounced, addUnmerges } from './history-announced.ts';
import { addResults } from './history-results.ts';
import { addImages, addReading } from './history-studies.ts';
import { Random } from './random.ts';

/** What a history contains; suites count the shares. */
export const historyKinds = [
  'merge',
  'cancel',
  'withdrawal',
  'correction',
  'late-series',
  'claim',
  'raise',
  'read',
  'report',
  'order-change',
  'visit-change',
  'patient-update',
  'positive-run',
  'negative-run',
  'failed-run',
  'run-before-images',
  'run-without-images',
  'order-after-images',
  'order-without-images',
  'several-orders-of-a-study',
  'several-studies-of-an-order',
  'placer-number-first',
  'policy-change',
  'detector-switch',
  'assumed-authority',
  'announced',
  'announced-only',
  'procedure-step',
  'step-discontinued',
  'step-never-ends',
  'conflict',
  'unmerge',
] as const;
export type HistoryKind = (typeof historyKinds)[number];

/** A linked history: its facts in the order of their stamps, with what they contain. Protocol hashes are `historyHashes`. */
export type History = {
  readonly seed: number;
  readonly events: readonly KnownEvent[];
  readonly kinds: ReadonlySet<HistoryKind>;
  /** Just after the last fact. */
  readonly endsAt: EpochMs;
};

export const historyHashes = ['a'.repeat(64), 'b'.repeat(64)] as const;

export type StudyPlan = {
  readonly site: string;
  readonly uid: string;
  readonly id: string;
  readonly patient: Patient;
  readonly accessionNumbers: readonly string[];
  readonly at: EpochMs;
  readonly withoutImages: boolean;
};
export type OrderPlan = {
  readonly site: string;
  readonly filler: string;
  readonly placer: string;
  readonly accession: string;
};

export type Making = {
  readonly random: Random;
  readonly drafts: Draft[];
  readonly kinds: Set<HistoryKind>;
  readonly patients: readonly Patient[];
  readonly plans: StudyPlan[];
};

export const minute = 60_000;

export function historyOf(seed: number): History {
  const random = new Random(seed);
  const making: Making = { random, drafts: [], kinds: new Set(), patients: makePatients(random), plans: [] };
  const orders: OrderPlan[] = [];
  for (let n = 1, count = random.between(3, 6); n <= count; n += 1) addStudy(making, orders, n);
  addOrderAlone(making);
  addPatients(making);
  addGovernance(making);
  addLife(making, seed);
  const events = stamped(making.drafts);
  return { seed, events, kinds: making.kinds, endsAt: (events.at(-1)?.stamp.observedAt ?? monday) + 1 };
}

/** What was made of the studies beside images, by a random of its own: the rest of the history of a seed stays as it was before. */
function addLife(making: Making, seed: number): void {
  const own = { ...making, random: new Random(seed ^ 0x5eed) };
  for (const plan of making.plans) addAnnounced(own, plan);
  addUnmerges(own);
}

export const histories: fc.Arbitrary<History> = fc.integer({ min: 0, max: 0x7fffffff }).map(historyOf);

function makePatients(random: Random): Patient[] {
  const names = ['Jansen Pieter', 'van den Berg Zoë', 'Özdemir Ayşe', null];
  return names.slice(0, random.between(2, 4)).map((name, n) => ({
    id: `P${n}`,
    authority: random.chance(0.8) ? 'EX' : 'WY',
    name,
    birthDate: random.pick(['1950-03-01', '2015-11-23', null]),
    sex: random.pick(['M', 'F', null]),
  }));
}

function addStudy(making: Making, orders: OrderPlan[], n: number): void {
  const { random, kinds } = making;
  const site = random.chance(0.8) ? 'EX' : 'WY';
  const at = monday + random.between(0, 480) * minute;
  const uid = `1.2.${random.chance(0.05) ? 1 : n}`;
  const known = orders.filter((order) => order.site === site);
  const own: OrderPlan[] = [];
  if (known.length > 0 && random.chance(0.35)) {
    kinds.add('several-studies-of-an-order');
    own.push(random.pick(known));
  } else if (random.chance(0.85)) {
    const count = random.chance(0.3) ? 2 : 1;
    if (count === 2) kinds.add('several-orders-of-a-study');
    for (let m = 0; m < count; m += 1)
      own.push({ site, filler: `F${n}${m}`, placer: `PL${n}${m}`, accession: `A${n}${random.chance(0.3) ? 0 : m}` });
  }
  const patient = random.pick(making.patients);
  const accessionNumbers = random.chance(0.9) ? [...new Set(own.map(({ accession }) => accession))] : [];
  const withoutImages = random.chance(0.15);
  const plan = { site, uid, id: keys.study(site, uid), patient, accessionNumbers, at, withoutImages };
  for (const order of own) {
    if (orders.includes(order)) continue;
    orders.push(order);
    addOrder(making, order, patient, at + random.between(-120, 40) * minute, random.chance(0.3) ? uid : null, at);
  }
  making.plans.push(plan);
  if (!withoutImages) addImages(making, plan);
  addResults(making, plan);
  addReading(making, plan, own);
}

const visitOf = (random: Random, patient: Patient) => ({
  number: random.chance(0.6) ? `V${patient.id}` : null,
  patientClass: random.pick(['emergency', 'inpatient', 'outpatient', 'outpatient', null] as const),
  location: random.pick(['RESUS', 'ED', 'WARD-3', 'CLINIC', 'CLINIC', null]),
});

function addOrder(
  { random, drafts, kinds }: Making,
  order: OrderPlan,
  patient: Patient,
  at: EpochMs,
  studyInstanceUid: string | null,
  imagesAt: EpochMs,
): void {
  const { site, filler, placer, accession } = order;
  const data = () =>
    orderData({
      orderNumber: { filler, placer },
      accessionNumbers: [accession],
      studyInstanceUid,
      patient: random.chance(0.9) ? patient : null,
      visit: random.chance(0.8) ? visitOf(random, patient) : null,
      procedure: { code: 'CTBR', text: 'CT brain', system: 'L' },
      modality: 'CT',
      indication: random.pick(['fall', 'BREAK', null]),
      priority: random.pick(['stat', 'routine', 'routine', null]),
      strokeCode: random.chance(0.1) ? true : null,
    });
  const key = orderKeyOf(site, filler, placer);
  if (at > imagesAt) kinds.add('order-after-images');
  if (random.chance(0.25)) {
    kinds.add('placer-number-first');
    const first = { ...data(), orderNumber: { filler: null, placer }, accessionNumbers: [] };
    drafts.push(draft('order.placed', at - minute, 'hl7', site, orderKeyOf(site, null, placer), first));
    drafts.push(draft('order.changed', at, 'hl7', site, key, data()));
  } else drafts.push(draft('order.placed', at, 'hl7', site, key, data()));
  if (random.chance(0.4)) {
    kinds.add('order-change');
    const changedAt = at + random.between(-10, 90) * minute;
    drafts.push(draft('order.changed', changedAt, 'hl7-2', site, key, { ...data(), priority: null }));
  }
  if (random.chance(0.25)) {
    kinds.add('cancel');
    const number = random.chance(0.2) ? { filler: null, placer } : { filler, placer };
    const cancelKey = orderKeyOf(site, number.filler, number.placer);
    const cancelled = { orderNumber: number, accessionNumbers: random.chance(0.5) ? [accession] : [] };
    drafts.push(draft('order.cancelled', at + random.between(-20, 60) * minute, 'hl7-2', site, cancelKey, cancelled));
    if (random.chance(0.3)) drafts.push(draft('order.placed', at + 50 * minute, 'hl7', site, key, data()));
  }
}

/** An order whose images never come. */
function addOrderAlone(making: Making): void {
  const { random, kinds } = making;
  if (!random.chance(0.6)) return;
  kinds.add('order-without-images');
  const order = { site: 'EX', filler: 'F99', placer: 'PL99', accession: 'A99' };
  const at = monday + random.between(0, 300) * minute;
  addOrder(making, order, random.pick(making.patients), at, random.chance(0.5) ? '1.2.99' : null, at + 60 * minute);
}

function addPatients({ random, drafts, kinds, patients }: Making): void {
  const somewhen = () => monday + random.between(-60, 600) * minute;
  for (const patient of patients) {
    const key = keys.patient(patient.authority, patient.id);
    if (random.chance(0.5)) {
      kinds.add('patient-update');
      const updated = { ...patient, name: random.pick([patient.name, 'Nieuwe Naam', null]), birthDate: '1960-01-01' };
      drafts.push(draft('patient.updated', somewhen(), 'hl7', 'EX', key, { patient: updated }));
    }
    if (random.chance(0.5)) {
      kinds.add('visit-change');
      const changed = { patient, visit: visitOf(random, patient), discharged: random.chance(0.3) };
      drafts.push(draft('visit.changed', somewhen(), 'hl7', 'EX', key, changed));
    }
  }
  for (let n = random.chance(0.6) ? random.between(1, 3) : 0; n > 0; n -= 1) {
    kinds.add('merge');
    const survivor = random.pick(patients);
    const prior = random.pick(patients);
    const key = keys.patient(survivor.authority, survivor.id);
    drafts.push(draft('patient.merged', somewhen(), 'hl7', 'EX', key, { survivor, prior }));
  }
}

function addGovernance({ random, drafts, kinds }: Making): void {
  const key = keys.of('governance', 'EX');
  const [first, second] = historyHashes;
  if (random.chance(0.7))
    drafts.push(
      draft('policy.activated', monday - 300 * minute, 'gov', 'EX', key, { hash: first, author: 'a', files: {} }),
    );
  if (random.chance(0.5)) {
    kinds.add('policy-change');
    const at = monday + random.between(0, 500) * minute;
    drafts.push(draft('policy.activated', at, 'gov', 'EX', key, { hash: second, author: 'b', files: {} }));
  }
  if (random.chance(0.5)) {
    kinds.add('detector-switch');
    for (let n = random.between(1, 2); n > 0; n -= 1) {
      const at = monday + random.between(0, 600) * minute;
      const state = random.pick(['suspended', 'active', 'shadow'] as const);
      const detector = random.pick(['det-ich', 'det-pe']);
      drafts.push(
        draft('detector.state-changed', at, 'gov', 'EX', key, { detector, state, reason: 'drift', by: 'raio' }),
      );
    }
  }
}
