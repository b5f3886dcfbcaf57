import type { DurationMs, EpochMs } from '@voorrang/kernel';
import { type Pace, type WallClock } from './pace.ts';
/** Time is looked at in slots of this length: a sender is heard in a slot or not. */
export declare const slotMs: DurationMs;
export declare const slotOf: (at: EpochMs) => EpochMs;
/**
 * What is known of the rhythm of a sender from its own past. Per hour of the week: in how many slots we listened and in how many it was heard, so a share.
 * A gap is measured in slots in which it would have been heard by that share: a night in which it never speaks is a gap of 0, an hour of silence in its busiest
 * time one of 12. The histogram holds the gaps in steps of a quarter of a doubling.
 */
export type Rhythm = {
    readonly listened: readonly number[];
    readonly heard: readonly number[];
    readonly gaps: readonly number[];
    /** The gap so far; `null` before it was heard first. */
    readonly quiet: number | null;
    /** Slots and gaps ever seen, not forgotten: what says that enough was learned. */
    readonly slotsSeen: number;
    readonly gapsSeen: number;
};
export declare const newRhythm: Rhythm;
/** One slot of the past, in order of time. A slot in which we did not listen says nothing of the sender. */
export declare function learnSlot(rhythm: Rhythm, wall: WallClock, slot: {
    readonly at: EpochMs;
    readonly listened: boolean;
    readonly heard: boolean;
}): Rhythm;
/** The pace at which silence of this sender becomes remarkable; `null` while too little is known to say so. */
export declare function paceOfRhythm(rhythm: Rhythm): Pace | null;
