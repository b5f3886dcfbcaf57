import type { LiveChange, LiveRow } from './live-list.ts';

/** What the event stream tells, parsed. `place` without changes tells that nothing was missed up to there. */
export type FeedEvent =
  | { readonly kind: 'change'; readonly change: LiveChange }
  | {
      readonly kind: 'place';
      readonly epoch: string;
      readonly revision: number;
      readonly rebuilding: boolean;
      readonly stale: boolean;
    }
  | { readonly kind: 'reset' };

export const feedEventNames = ['row', 'gone', 'revision', 'reset'] as const;

/** One server-sent event; `null` when it is not what the contract says, which then changes nothing. */
export function parseFeedEvent(name: (typeof feedEventNames)[number], data: string, id: string): FeedEvent | null {
  if (name === 'reset') return { kind: 'reset' };
  const told = parseObject(data);
  if (told === null) return null;
  const fromId = /^(.*)\.(\d+)$/.exec(id);
  const revision = fromId === null ? told.revision : Number(fromId[2]);
  if (typeof revision !== 'number') return null;
  if (name === 'gone') {
    return typeof told.studyId === 'string'
      ? { kind: 'change', change: { kind: 'gone', revision, studyId: told.studyId } }
      : null;
  }
  if (name === 'row') {
    const isRow = typeof told.studyId === 'string' && Array.isArray(told.ai) && Array.isArray(told.reasons);
    return isRow ? { kind: 'change', change: { kind: 'row', revision, row: told as unknown as LiveRow } } : null;
  }
  const epoch = typeof told.epoch === 'string' ? told.epoch : (fromId?.[1] ?? '');
  return { kind: 'place', epoch, revision, rebuilding: told.state === 'rebuilding', stale: told.stale === true };
}

function parseObject(data: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
