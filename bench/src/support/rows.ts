import { type StudyDocument, sortKeyOf } from '@voorrang/worklist-store';

const emptyDetail: StudyDocument['detail'] = {
  orders: [],
  series: [],
  runs: [],
  expectedRuns: [],
  reports: [],
  consultPaths: [],
  conflicts: [],
  clocks: {
    firstObservedAt: null,
    imagesCompleteAt: null,
    firstRunReceivedAt: null,
    dueAt: null,
    maxWaitAt: null,
    readAt: null,
  },
};

const start = Date.UTC(2026, 0, 1);

/** A plausible document; the n-th of a made-up list whose order is not that of n. */
export function documentOf(n: number): StudyDocument {
  const scattered = (n * 2_654_435_761) % 4_294_967_296;
  const studyId = scattered
    .toString(32)
    .toUpperCase()
    .padStart(26, '0')
    .replaceAll(/[ILOU]/g, 'Z');
  const arrival = start + n * 100;
  const dueAt = start + (scattered % 86_400_000);
  const band = scattered % 4;
  const key = sortKeyOf({ band, dueAt, arrivedAt: arrival, studyId });
  return {
    row: {
      site: 'EX',
      list: 'reading',
      studyId,
      studyInstanceUid: `1.2.826.0.1.${n}`,
      accessionNumbers: [`A${n}`],
      patient: { id: `P${n}`, authority: 'HOSPITAL', name: 'Bench, Row', birthDate: '1970-01-15', sex: 'F' },
      modality: 'CT',
      bodyParts: ['HEAD'],
      description: 'CT hersenen',
      location: 'SEH',
      patientClass: 'emergency',
      orderPriority: 'stat',
      urgencyClass: 'emergency',
      band,
      dueAt,
      maxWaitAt: dueAt + 3_600_000,
      reasons: [],
      ai: [],
      claim: null,
      settled: null,
      imagesCompleteAt: arrival,
      receivedAt: arrival,
      flags: [],
      policyHash: '',
    },
    key,
    baseKey: key,
    searchTokens: [],
    detail: emptyDetail,
    timeline: [],
  };
}
