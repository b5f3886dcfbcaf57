import type { EpochMs } from '@voorrang/kernel';
import { type Pace, type WallClock } from './pace.ts';
/** A time in which we did not listen: what was not heard then is not the silence of a sender. */
export type Downtime = {
    readonly from: EpochMs;
    readonly to: EpochMs;
};
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
export declare function decideSilence(given: {
    readonly heardAt: EpochMs;
    readonly pace: Pace | null;
    readonly wall: WallClock;
    readonly downtimes: readonly Downtime[];
    readonly now: EpochMs;
    readonly silentSince: EpochMs | null;
}): Silence;
/** The times without listening between the slots in which somebody listened, oldest first. */
export declare function downtimesOf(listened: readonly EpochMs[], slot: number): readonly Downtime[];
