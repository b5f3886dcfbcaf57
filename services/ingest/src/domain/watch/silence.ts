import type { EpochMs } from '@voorrang/kernel';
import { type Pace, shareBetween, usedUpAt, type WallClock } from './pace.ts';

/** A time in which we did not listen: what was not heard then is not the silence of a sender. */
export type Downtime = { readonly from: EpochMs; readonly to: EpochMs };

export type Silence = {
  /** When it is to be looked at again, as far as is known now; `null`: not watched in the next days. */
  readonly dueAt: EpochMs | null;
  /** Since when it is silent beyond its rhythm. */
  readonly silentSince: EpochMs | null;
};

/**
 * Whether a sender is silent for longer than its rhythm allows. `heardAt` is when it was last heard, or from when on it is watched.
 * A sender that was told silent stays so until it is heard, whatever the hour: a rhythm that allows more silence at night does not end it.
 */
export function decideSilence(given: {
  readonly heardAt: EpochMs;
  readonly pace: Pace | null;
  readonly wall: WallClock;
  /** What lies before is not known any more: after weeks without us patience begins when we do. */
  readonly from: EpochMs;
  readonly downtimes: readonly Downtime[];
  readonly now: EpochMs;
  readonly silentSince: EpochMs | null;
}): Silence {
  const { heardAt, pace, wall, downtimes, now } = given;
  if (pace === null) return { dueAt: null, silentSince: null };
  if (given.silentSince !== null && heardAt <= given.silentSince)
    return { dueAt: null, silentSince: given.silentSince };
  const since = Math.max(heardAt, given.from);
  const away = downtimes
    .filter(({ to }) => to > since)
    .reduce((share, { from, to }) => share + shareBetween(pace, wall, Math.max(from, since), to), 0);
  const dueAt = usedUpAt(pace, wall, since, 1 + away);
  return dueAt !== null && dueAt <= now ? { dueAt: null, silentSince: heardAt } : { dueAt, silentSince: null };
}

/** The times without listening between the slots in which somebody listened, oldest first. */
export function downtimesOf(listened: readonly EpochMs[], slot: number): readonly Downtime[] {
  const found: Downtime[] = [];
  for (const [index, at] of listened.entries()) {
    const before = listened[index - 1];
    if (before !== undefined && at - before > slot) found.push({ from: before + slot, to: at });
  }
  return found;
}
