/** What happens, at which minute of the evening. Pure data made from a seed: the same seed tells the same evening. */
export type Happening =
  | {
      readonly minute: number;
      readonly kind: 'order' | 'images' | 'late-series' | 'report' | 'cancel';
      readonly study: SyntheticStudy;
    }
  | { readonly minute: number; readonly kind: 'run'; readonly study: SyntheticStudy; readonly run: SyntheticRun }
  | { readonly minute: number; readonly kind: 'withdrawal'; readonly study: SyntheticStudy; readonly resultId: string }
  | { readonly minute: number; readonly kind: 'merge'; readonly study: SyntheticStudy; readonly temporaryId: string };

export type SyntheticStudy = {
  readonly number: number;
  readonly uid: string;
  readonly accession: string;
  readonly patient: { readonly id: string; readonly name: string; readonly birthDate: string; readonly sex: 'F' | 'M' };
  readonly patientClass: 'E' | 'I' | 'O';
  readonly location: string;
  readonly priority: 'S' | 'A' | 'R';
  readonly procedure: string;
  readonly bodyPart: string;
  readonly indication: string;
};

export type SyntheticRun = {
  readonly resultId: string;
  readonly detector: string;
  readonly status: 'completed' | 'failed' | 'not-eligible';
  readonly reason?: string;
  readonly finding: string;
  readonly outcome?: 'positive' | 'negative' | 'inconclusive';
  readonly severity?: 'low' | 'moderate' | 'high';
  readonly location?: string;
};

type Kind = {
  readonly procedure: string;
  readonly bodyPart: string;
  readonly detectors: readonly {
    readonly id: string;
    readonly finding: string;
    readonly prevalence: number;
    readonly location?: string;
  }[];
};

const kinds: readonly Kind[] = [
  { procedure: 'CT hersenen', bodyPart: 'HEAD', detectors: [{ id: 'example-ich', finding: 'ICH', prevalence: 0.15 }] },
  {
    procedure: 'CTA hoofd-hals',
    bodyPart: 'HEAD',
    detectors: [
      { id: 'example-ich', finding: 'ICH', prevalence: 0.1 },
      { id: 'example-lvo', finding: 'LVO', prevalence: 0.25, location: 'M1 links' },
    ],
  },
  {
    procedure: 'CT longembolie',
    bodyPart: 'CHEST',
    detectors: [{ id: 'example-pe', finding: 'PE', prevalence: 0.25, location: 'central' }],
  },
  {
    procedure: 'CT CWK',
    bodyPart: 'CSPINE',
    detectors: [{ id: 'example-cspine', finding: 'CSPINE_FRACTURE', prevalence: 0.12 }],
  },
  {
    procedure: 'CT thorax-abdomen',
    bodyPart: 'CHEST',
    detectors: [{ id: 'example-incidental-pe', finding: 'INCIDENTAL_PE', prevalence: 0.08 }],
  },
];

type Place = {
  readonly patientClass: SyntheticStudy['patientClass'];
  readonly location: string;
  readonly priority: SyntheticStudy['priority'];
  readonly indication: string;
};

const places: readonly Place[] = [
  { patientClass: 'E', location: 'SEH', priority: 'S', indication: 'stroke code' },
  { patientClass: 'E', location: 'TRAUMA', priority: 'S', indication: 'traumaopvang' },
  { patientClass: 'E', location: 'SEH', priority: 'A', indication: 'hoofdpijn na val' },
  { patientClass: 'E', location: 'SEH', priority: 'A', indication: 'dyspnoe' },
  { patientClass: 'I', location: 'A4', priority: 'R', indication: 'controle na operatie' },
  { patientClass: 'I', location: 'IC', priority: 'S', indication: 'verwardheid' },
  { patientClass: 'O', location: 'POLI', priority: 'R', indication: 'follow-up' },
  { patientClass: 'O', location: 'POLI', priority: 'R', indication: 'chronische hoofdpijn' },
];

const familyNames = [
  'Bakker',
  'de Vries',
  'Jansen',
  'Peeters',
  'van den Berg',
  'Visser',
  'Maes',
  'Dijkstra',
  'Mulder',
  'Claes',
];
const givenNames = ['Anna', 'Bram', 'Charlotte', 'Daan', 'Els', 'Femke', 'Gijs', 'Hanne', 'Joris', 'Karin'];

/** Chances of what may go wrong with a run, as shares of all runs; what is left is a run that says the truth. */
const miss = 0.08;
const falseAlarm = 0.06;
const failed = 0.07;
const notEligible = 0.05;
const inconclusive = 0.05;
const never = 0.06;

const studiesOfTheEvening = 40;
const minutesOfTheEvening = 150;

/** An evening of 40 studies in order of time. `random` gives 0 to 1; `root` is the UID root of this run. */
export function makeEvening(random: () => number, root: string): readonly Happening[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const happenings: Happening[] = [];
  for (let number = 1; number <= studiesOfTheEvening; number += 1) {
    const kind = pick(kinds);
    const study = makeStudy(number, kind, pick(places), `${pick(familyNames)}^${pick(givenNames)}`, random, root);
    const ordered = random() * minutesOfTheEvening;
    const imaged = ordered + 4 + random() * 12;
    happenings.push({ minute: ordered, kind: 'order', study }, { minute: imaged, kind: 'images', study });
    for (const detector of kind.detectors) {
      const run = makeRun(study, detector, random);
      if (run === undefined) continue;
      const minute = imaged + 3 + random() * 6;
      happenings.push({ minute, kind: 'run', study, run });
      if (run.outcome === 'positive' && random() < 0.1)
        happenings.push({ minute: minute + 8, kind: 'withdrawal', study, resultId: run.resultId });
    }
    if (random() < 0.35) happenings.push({ minute: imaged + 15 + random() * 30, kind: 'report', study });
    else if (random() < 0.08) happenings.push({ minute: imaged + 12, kind: 'late-series', study });
    else if (random() < 0.05) happenings.push({ minute: imaged + 2, kind: 'cancel', study });
    if (random() < 0.08)
      happenings.push({ minute: imaged + 6, kind: 'merge', study, temporaryId: `T${study.patient.id}` });
  }
  return happenings.sort((a, b) => a.minute - b.minute);
}

function makeStudy(
  number: number,
  kind: Kind,
  place: Place,
  name: string,
  random: () => number,
  root: string,
): SyntheticStudy {
  const birthYear = 1930 + Math.floor(random() * 75);
  return {
    number,
    uid: `${root}.${number}`,
    accession: `DEMO${String(number).padStart(4, '0')}`,
    patient: {
      id: `D${String(1000 + number)}`,
      name,
      birthDate: `${birthYear}0${1 + Math.floor(random() * 9)}15`,
      sex: random() < 0.5 ? 'F' : 'M',
    },
    ...place,
    procedure: kind.procedure,
    bodyPart: kind.bodyPart,
  };
}

function makeRun(
  study: SyntheticStudy,
  detector: Kind['detectors'][number],
  random: () => number,
): SyntheticRun | undefined {
  const isTrue = random() < detector.prevalence;
  const fate = random();
  const base = { resultId: `demo-${study.uid}-${detector.id}`, detector: detector.id, finding: detector.finding };
  const bounds = [never, failed, notEligible, inconclusive];
  const [toNever, toFailed, toNotEligible, toInconclusive] = bounds.map((_, index) =>
    bounds.slice(0, index + 1).reduce((sum, share) => sum + share, 0),
  ) as [number, number, number, number];
  if (fate < toNever) return undefined;
  if (fate < toFailed) return { ...base, status: 'failed', reason: 'motion' };
  if (fate < toNotEligible) return { ...base, status: 'not-eligible', reason: 'no contrast' };
  if (fate < toInconclusive) return { ...base, status: 'completed', outcome: 'inconclusive' };
  const isPositive = isTrue ? random() >= miss : random() < falseAlarm;
  const severity = random() < 0.5 ? 'high' : 'moderate';
  return {
    ...base,
    status: 'completed',
    outcome: isPositive ? 'positive' : 'negative',
    ...(isPositive ? { severity, ...(detector.location === undefined ? {} : { location: detector.location }) } : {}),
  };
}
