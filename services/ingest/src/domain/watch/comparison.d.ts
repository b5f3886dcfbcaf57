import type { EpochMs } from '@voorrang/kernel';
/** A study as one side knows it. `images` counts instances; `null` when a peer does not say. */
export type ComparedStudy = {
    readonly studyInstanceUid: string;
    readonly images: number | null;
};
export type Differences = {
    /** The PACS has them, nobody sent them here. */
    readonly missingHere: readonly string[];
    /** We were sent them, the PACS does not have them. */
    readonly missingAtPacs: readonly string[];
    /** Both have them, and the PACS has more instances than we were sent. */
    readonly fewerHere: readonly {
        readonly studyInstanceUid: string;
        readonly here: number;
        readonly there: number;
    }[];
};
/** Compares by Study Instance UID. That the PACS has fewer is not told: what is stored there may be compressed to one multi-frame object or be on its way. */
export declare function compareStudies(here: readonly ComparedStudy[], there: readonly ComparedStudy[]): Differences;
type LocalDay = (at: EpochMs) => {
    readonly date: number;
    readonly minuteOfDay: number;
};
/**
 * The next instant after `after` at which the clock on the wall shows `minute` of the day. In the night that skips it: the first minute after the gap;
 * in the night that has it twice: the first of both, and not the second.
 */
export declare function nextAtMinute(after: EpochMs, minute: number, local: LocalDay): EpochMs;
export {};
