import { type EpochMs, toVoorrangError } from '@voorrang/kernel';
import type { Logger } from '@voorrang/platform';
import { localTimeAt, type PacsPeer } from '@voorrang/protocol';
import { addDays, compareStudies, daysToCompare, nextAtMinute } from '../../domain/watch/comparison.ts';
import type { OpenPacs, PacsQuery, PacsSeries, PacsStudy } from './pacs.ts';
import type { ComparisonBook, ComparisonResult, OperationChange } from './ports.ts';

export type CompareDeps = {
  readonly book: ComparisonBook;
  readonly open: OpenPacs;
  readonly logger: Logger;
  readonly timeZoneOf: (site: string) => string;
};

/**
 * One comparison with one PACS: every local day that is over and was not compared yet. It reads only, and what it found becomes durable in one transaction at its end:
 * whoever dies before begins again.
 */
export async function comparePacs(
  deps: CompareDeps,
  peer: PacsPeer,
  fromDay: number,
  now: EpochMs,
  signal: AbortSignal,
): Promise<readonly OperationChange[]> {
  const { book, open, logger } = deps;
  const timeZone = deps.timeZoneOf(peer.site);
  try {
    const query = await open(peer, signal);
    try {
      const today = localTimeAt(now, timeZone).date;
      const found = emptyFindings();
      for (const day of daysToCompare(fromDay, today)) await compareDay(book, query, peer, day, found);
      const result = {
        ...(await settled(book, query, peer, found)),
        nextDay: Math.max(fromDay, today),
        nextAt: nextAtMinute(now, peer.atMinute, (at) => localTimeAt(at, timeZone)),
      };
      logger.info('a PACS was compared', {
        pacs: peer.name,
        studies: result.comparedStudies,
        missingHere: result.missingHere.length,
        incompleteHere: result.fewerHere.length,
        missingAtPacs: result.missingAtPacs.length,
      });
      return await book.finish(peer, result, now);
    } finally {
      await query.close();
    }
  } catch (thrown) {
    const error = toVoorrangError(thrown);
    // What is wrong with our own database is no failure of the PACS: the loop tries again and health shows it.
    if (error.code.startsWith('VRG_SQL')) throw error;
    logger.error('the comparison with a PACS failed', error, { pacs: peer.name });
    return book.failed(peer, error.code, now);
  }
}

type Findings = {
  readonly theirs: Map<string, PacsStudy>;
  readonly missingHere: Set<string>;
  readonly fewerHere: Set<string>;
  readonly missingAtPacs: Set<string>;
};
const emptyFindings = (): Findings => ({
  theirs: new Map(),
  missingHere: new Set(),
  fewerHere: new Set(),
  missingAtPacs: new Set(),
});

async function compareDay(
  book: ComparisonBook,
  query: PacsQuery,
  peer: PacsPeer,
  day: number,
  found: Findings,
): Promise<void> {
  const theirs = await query.studiesOf(String(day), peer.modalities);
  for (const study of theirs) found.theirs.set(study.studyInstanceUid, study);
  const here = await book.here(
    peer.site,
    theirs.map(({ studyInstanceUid }) => studyInstanceUid),
  );
  const { missingHere, fewerHere } = compareStudies(here, theirs);
  for (const uid of missingHere) found.missingHere.add(uid);
  for (const { studyInstanceUid, here: images } of fewerHere) {
    // The number of a study counts reports, presentation states and key objects too: images are those of the series with a modality that is compared.
    if (imagesIn(await query.series(studyInstanceUid), peer) > images) found.fewerHere.add(studyInstanceUid);
  }
  // A study of ours may have another study date there, as one that was sent again from an archive: so each is asked for by its UID.
  for (const uid of await book.firstSeenOn(peer, day)) {
    if (!found.theirs.has(uid) && (await query.study(uid)) === null) found.missingAtPacs.add(uid);
  }
}

async function settled(
  book: ComparisonBook,
  query: PacsQuery,
  peer: PacsPeer,
  { theirs, missingHere, fewerHere, missingAtPacs }: Findings,
): Promise<Omit<ComparisonResult, 'nextDay' | 'nextAt'>> {
  const arrivedAtPacs: string[] = [];
  for (const uid of await book.missingAt(peer.name)) if ((await query.study(uid)) !== null) arrivedAtPacs.push(uid);
  const missing: { study: PacsStudy; series: readonly PacsSeries[] }[] = [];
  for (const uid of missingHere) {
    const study = theirs.get(uid);
    if (study !== undefined) missing.push({ study, series: await query.series(uid) });
  }
  return {
    comparedStudies: theirs.size,
    missingHere: missing,
    fewerHere: [...fewerHere],
    missingAtPacs: [...missingAtPacs],
    arrivedAtPacs,
  };
}

const imagesIn = (series: readonly PacsSeries[], { modalities }: PacsPeer): number =>
  series
    .filter(({ modality }) => modality !== null && modalities.includes(modality))
    .reduce((sum, { images }) => sum + (images ?? 0), 0);

/** A PACS that is new is compared from the first whole day on in which we listened: what lies before was never to come here. */
export const firstDayToCompare = (now: EpochMs, timeZone: string): number =>
  addDays(localTimeAt(now, timeZone).date, 1);
