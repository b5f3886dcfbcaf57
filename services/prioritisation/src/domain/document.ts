import type { Row, TimelineEntry } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { Detail } from './detail.ts';
import type { SortKey } from './sort-key.ts';

/** Same shape as the store's port; rank, rank without AI and revision are the store's to tell. */
export type StudyDocument = {
  readonly row: Omit<Row, 'rank' | 'rankWithoutAi' | 'revision'>;
  readonly key: SortKey;
  readonly baseKey: SortKey;
  readonly searchTokens: readonly string[];
  readonly detail: Detail;
  readonly timeline: readonly TimelineEntry[];
};

export type Projection = {
  readonly document: StudyDocument;
  /** When time alone changes it next: it falls due, a claim or hold ends, it leaves the list of done studies. */
  readonly changesAt: EpochMs | null;
};

/** The first of some instants that lies ahead. */
export function nextOf(now: EpochMs, instants: readonly (EpochMs | null)[]): EpochMs | null {
  let next: EpochMs | null = null;
  for (const at of instants) if (at !== null && at > now && (next === null || at < next)) next = at;
  return next;
}
