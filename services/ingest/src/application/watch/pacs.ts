import { type DicomJson, numberOf, textOf, textsOf } from '@voorrang/dicom';
import type { PacsPeer } from '@voorrang/protocol';

/** A study as a PACS tells it; nothing of the patient is asked for. */
export type PacsStudy = {
  readonly studyInstanceUid: string;
  readonly accessionNumber: string | null;
  readonly modalities: readonly string[];
  readonly description: string | null;
  /** Date and time of the study as sent, `YYYYMMDD` and `HHMMSS`. */
  readonly startedAt: string | null;
  readonly images: number | null;
};
export type PacsSeries = {
  readonly seriesInstanceUid: string;
  readonly modality: string | null;
  readonly description: string | null;
  readonly images: number | null;
  readonly retrieveAe: string | null;
};

/** What a PACS is asked, over whichever service. Each call throws a `VoorrangError` when it is not answered in full. */
export interface PacsQuery {
  /** Studies of one day (`YYYYMMDD`) with one of the modalities. */
  studiesOf(date: string, modalities: readonly string[]): Promise<readonly PacsStudy[]>;
  /** `null` when the PACS does not have it. */
  study(studyInstanceUid: string): Promise<PacsStudy | null>;
  series(studyInstanceUid: string): Promise<readonly PacsSeries[]>;
  close(): Promise<void>;
}
export type OpenPacs = (peer: PacsPeer, signal: AbortSignal) => Promise<PacsQuery>;

/** More studies of one day and modality than this are no answer to what was asked. */
export const mostMatches = 10_000;

const tags = {
  studyDate: '00080020',
  studyTime: '00080030',
  accessionNumber: '00080050',
  level: '00080052',
  retrieveAe: '00080054',
  modality: '00080060',
  modalitiesInStudy: '00080061',
  studyDescription: '00081030',
  seriesDescription: '0008103E',
  studyInstanceUid: '0020000D',
  seriesInstanceUid: '0020000E',
  studyInstances: '00201208',
  seriesInstances: '00201209',
} as const;

export { tags as pacsTags };

const isUid = (text: string | null): text is string =>
  text !== null && /^[0-9]+(\.[0-9]+)*$/.test(text) && text.length <= 64;
const atMost = (text: string | null, length: number): string | null => text?.slice(0, length) ?? null;
const countOf = (dataSet: DicomJson, tag: string): number | null => {
  const count = numberOf(dataSet, tag);
  return count === null || !Number.isInteger(count) || count < 0 ? null : count;
};

/** One match at study level; nothing without a usable UID. */
export function pacsStudyOf(match: DicomJson): PacsStudy | null {
  const studyInstanceUid = textOf(match, tags.studyInstanceUid);
  if (!isUid(studyInstanceUid)) return null;
  const [date, time] = [textOf(match, tags.studyDate), textOf(match, tags.studyTime)];
  return {
    studyInstanceUid,
    accessionNumber: atMost(textOf(match, tags.accessionNumber), 64),
    modalities: textsOf(match, tags.modalitiesInStudy),
    description: atMost(textOf(match, tags.studyDescription), 64),
    startedAt: date === null ? null : atMost(`${date}${time ?? ''}`, 26),
    images: countOf(match, tags.studyInstances),
  };
}

export function pacsSeriesOf(match: DicomJson): PacsSeries | null {
  const seriesInstanceUid = textOf(match, tags.seriesInstanceUid);
  if (!isUid(seriesInstanceUid)) return null;
  return {
    seriesInstanceUid,
    modality: atMost(textOf(match, tags.modality), 16),
    description: atMost(textOf(match, tags.seriesDescription), 64),
    images: countOf(match, tags.seriesInstances),
    retrieveAe: atMost(textOf(match, tags.retrieveAe), 16),
  };
}

/**
 * The studies with one of the modalities. A peer may leave the matching of Modalities in Study out (PS3.4 §C.6.2.1.3 has it optional), and even the answer: the series
 * of a study then say it.
 */
export async function withModalities(
  studies: readonly PacsStudy[],
  modalities: readonly string[],
  series: PacsQuery['series'],
): Promise<readonly PacsStudy[]> {
  const found = new Map<string, PacsStudy>();
  for (const study of studies) {
    if (found.has(study.studyInstanceUid)) continue;
    const told =
      study.modalities.length > 0
        ? study.modalities
        : (await series(study.studyInstanceUid)).flatMap(({ modality }) => modality ?? []);
    if (told.some((modality) => modalities.includes(modality))) {
      found.set(study.studyInstanceUid, { ...study, modalities: [...new Set(told)].sort() });
    }
  }
  return [...found.values()];
}
