import type { DicomJson } from '@voorrang/dicom';
import { type DurationMs, type ErrorDetails, seconds, VoorrangError } from '@voorrang/kernel';
import type { PacsPeer } from '@voorrang/protocol';
import {
  mostMatches,
  type PacsQuery,
  pacsSeriesOf,
  pacsStudyOf,
  pacsTags,
  withModalities,
} from '../../application/watch/pacs.ts';

type QidoPeer = Extract<PacsPeer['query'], { kind: 'qido-rs' }>;
export type QidoOptions = { readonly pageSize?: number; readonly timeoutMs?: DurationMs; readonly pageBytes?: number };

/** QIDO-RS (PS3.18 §10.6). Only the configured address is asked: a redirection is a failure, never followed with the credentials. */
export function qidoPacs(peer: QidoPeer, signal: AbortSignal, options: QidoOptions = {}): PacsQuery {
  const search = (path: string, parameters: Parameters) => allPages(peer, path, parameters, signal, options);
  const series: PacsQuery['series'] = async (uid) =>
    (await search(`studies/${uid}/series`, fields.series)).flatMap((match) => pacsSeriesOf(match) ?? []);
  const studies = async (parameters: Parameters) =>
    (await search('studies', [...parameters, ...fields.study])).flatMap((match) => pacsStudyOf(match) ?? []);
  return {
    // Without ModalitiesInStudy: Orthanc loses matches where it is combined with an offset, and what does not match is few beside what does.
    studiesOf: async (date, modalities) =>
      withModalities(await studies([['StudyDate', `${date}-${date}`]]), modalities, series),
    study: async (uid) =>
      (await studies([['StudyInstanceUID', uid]])).find((one) => one.studyInstanceUid === uid) ?? null,
    series,
    close: async () => undefined,
  };
}

type Parameters = readonly (readonly [name: string, value: string])[];

const included = (...tags: readonly string[]): Parameters => tags.map((tag) => ['includefield', tag]);
/** What is no part of every answer by PS3.18 §10.6.3.3. One parameter for each: not every server splits a list. */
const fields = {
  study: included(pacsTags.studyDescription, pacsTags.studyInstances, pacsTags.modalitiesInStudy),
  series: included(pacsTags.seriesDescription, pacsTags.seriesInstances, pacsTags.retrieveAe),
};

/** Pages until one brings nothing new: a server may have a limit of its own, or know none of `limit` and `offset`. */
async function allPages(
  peer: QidoPeer,
  path: string,
  parameters: Parameters,
  signal: AbortSignal,
  { pageSize = 200, timeoutMs = seconds(30), pageBytes = 16 << 20 }: QidoOptions,
): Promise<readonly DicomJson[]> {
  const key = path === 'studies' ? pacsTags.studyInstanceUid : pacsTags.seriesInstanceUid;
  const found = new Map<unknown, DicomJson>();
  for (;;) {
    const url = new URL(`${peer.url.replace(/\/+$/, '')}/${path}`);
    const window = [['limit', String(pageSize)] as const, ['offset', String(found.size)] as const];
    for (const [name, value] of [...parameters, ...window]) url.searchParams.append(name, value);
    const before = found.size;
    const page = await onePage(url, peer, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), pageBytes);
    for (const match of page) found.set(match[key]?.Value?.[0], match);
    if (found.size > mostMatches) throw refused({ limit: mostMatches });
    if (page.length === 0 || found.size === before) return [...found.values()];
  }
}

async function onePage(
  url: URL,
  { authorization }: QidoPeer,
  signal: AbortSignal,
  pageBytes: number,
): Promise<readonly DicomJson[]> {
  let response: Response;
  let text = '';
  try {
    response = await fetch(url, {
      headers: {
        accept: 'application/dicom+json, application/json;q=0.9',
        ...(authorization === undefined ? {} : { authorization }),
      },
      redirect: 'error',
      signal,
    });
    if (response.ok) text = await textOf(response, pageBytes);
  } catch (thrown) {
    if (thrown instanceof VoorrangError) throw thrown;
    throw new VoorrangError('VRG_DICOM_PEER_UNAVAILABLE', 'the PACS does not answer', { cause: thrown });
  }
  if (response.status === 204) return [];
  if (!response.ok) {
    const isForGood = response.status < 500 && response.status !== 429 && response.status !== 408;
    throw isForGood
      ? refused({ status: response.status })
      : new VoorrangError('VRG_DICOM_PEER_UNAVAILABLE', undefined, { details: { status: response.status } });
  }
  return matchesOf(text);
}

/** Reads at most so much: an answer without end must not fill the memory. */
async function textOf(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > most) throw refused({ bytes: most });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function matchesOf(text: string): readonly DicomJson[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed) && parsed.every(isDataSet)) return parsed;
  } catch {
    // Told below; the text of a syntax error holds a piece of the answer.
  }
  throw refused({ reason: 'not DICOM JSON' });
}

const isDataSet = (value: unknown): value is DicomJson =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((element) => typeof element === 'object' && element !== null);

const refused = (details: ErrorDetails): VoorrangError =>
  new VoorrangError('VRG_DICOM_PEER_REFUSED', 'the query was not answered', { details });
