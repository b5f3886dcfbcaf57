import type { ListName } from '@voorrang/contracts';
import type { SortKey, StudyDocument } from '../port.ts';
import { sortKeyOf } from '../sort-key.ts';

const noon = Date.UTC(2026, 5, 1, 12);

/** A study document for tests: everything has a plain default, `studyId` is padded to the length of an opaque id. */
export function documentOf(given: {
  readonly studyId: string;
  readonly site?: string;
  readonly list?: ListName;
  readonly band?: number;
  readonly dueAt?: number;
  readonly arrivedAt?: number;
  readonly base?: { readonly band: number; readonly dueAt: number };
  readonly key?: SortKey;
  readonly baseKey?: SortKey;
  readonly searchTokens?: readonly string[];
  readonly description?: string;
  readonly patientName?: string;
  readonly studyInstanceUid?: string;
  readonly urgencyClass?: StudyDocument['row']['urgencyClass'];
}): StudyDocument {
  const studyId = given.studyId.padEnd(26, '0');
  const place = { band: given.band ?? 2, dueAt: given.dueAt ?? noon, arrivedAt: given.arrivedAt ?? noon, studyId };
  const key = given.key ?? sortKeyOf(place);
  return {
    row: {
      site: given.site ?? 'EX',
      list: given.list ?? 'reading',
      studyId,
      studyInstanceUid: given.studyInstanceUid ?? '1.2.3',
      accessionNumbers: [],
      patient: { id: null, authority: null, name: given.patientName ?? null, birthDate: null, sex: null },
      modality: 'CT',
      bodyParts: [],
      description: given.description ?? null,
      location: null,
      patientClass: null,
      orderPriority: null,
      urgencyClass: given.urgencyClass ?? 'emergency',
      band: place.band,
      dueAt: place.dueAt,
      maxWaitAt: null,
      reasons: [],
      ai: [],
      claim: null,
      settled: null,
      imagesCompleteAt: null,
      receivedAt: place.arrivedAt,
      flags: [],
      policyHash: 'test',
    },
    key,
    baseKey: given.baseKey ?? (given.base ? sortKeyOf({ ...place, ...given.base }) : key),
    searchTokens: given.searchTokens ?? [],
    detail: {
      orders: [],
      series: [],
      runs: [],
      expectedRuns: [],
      reports: [],
      clocks: {
        firstObservedAt: place.arrivedAt,
        imagesCompleteAt: null,
        firstRunReceivedAt: null,
        dueAt: place.dueAt,
        maxWaitAt: null,
        readAt: null,
      },
      consultPaths: [],
      conflicts: [],
    },
    timeline: [
      {
        at: place.arrivedAt,
        type: 'series.observed',
        source: 'test',
        summary: { en: 'Images', nl: 'Beelden' },
        id: `fact-${studyId}`,
      },
    ],
  };
}
