import type { QuarantineEntry, QuarantineItem, ReplayOutcome } from '@voorrang/contracts';
import { useState } from 'react';
import { ApiError, getJson, postJson } from '../../shared/api.ts';
import { usePolled } from '../../shared/use-polled.ts';

const refreshMs = 5_000;
const pageSize = 50;
const mostShown = 200;

/** The newest entries of a state; `more` shows further ones. */
export function useQuarantine(state: QuarantineItem['state']) {
  const [limit, setLimit] = useState(pageSize);
  const path = `/api/v1/quarantine?state=${state}&limit=${limit}`;
  const { value, staleSince } = usePolled(
    path,
    (signal) =>
      getJson<{ readonly items: readonly QuarantineItem[]; readonly nextCursor: string | null }>(path, signal),
    { everyMs: refreshMs },
  );
  const hasMore = value?.nextCursor != null && limit < mostShown;
  return {
    items: value?.items ?? null,
    staleSince,
    more: hasMore ? () => setLimit(Math.min(mostShown, limit + pageSize)) : null,
  };
}

/** Read once, not again and again: that a message was read is logged. */
const onceMs = 2 ** 31 - 1;

export function useEntry(id: string) {
  const path = `/api/v1/quarantine/${encodeURIComponent(id)}`;
  const { value, ...state } = usePolled(path, (signal) => getJson<QuarantineEntry>(path, signal), { everyMs: onceMs });
  return { ...state, entry: value };
}

export type Acted =
  | { readonly kind: 'replayed'; readonly outcome: ReplayOutcome }
  | { readonly kind: 'dismissed' }
  | { readonly kind: 'failed'; readonly what: string };

/** `content` only where it was corrected. */
export const replayEntry = (id: string, content: string | undefined): Promise<Acted> =>
  acted(async () => ({
    kind: 'replayed',
    outcome: await postJson<ReplayOutcome>(
      `/api/v1/quarantine/${encodeURIComponent(id)}/replay`,
      content === undefined ? {} : { content },
    ),
  }));

export const dismissEntry = (id: string, reason: string): Promise<Acted> =>
  acted(async () => {
    await postJson(`/api/v1/quarantine/${encodeURIComponent(id)}/dismiss`, { reason });
    return { kind: 'dismissed' };
  });

async function acted(act: () => Promise<Acted>): Promise<Acted> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: 'failed', what: error.problem?.detail ?? error.message };
  }
}
