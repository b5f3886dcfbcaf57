import type { DurationMs, EpochMs } from '@voorrang/kernel';
/** Weekday (1 Monday to 7 Sunday) and hour that the clock on the wall of a site shows. */
export type WallClock = (at: EpochMs) => {
    readonly weekday: number;
    readonly hour: number;
};
/**
 * How fast the patience with a silent sender is used up: the share of it per millisecond, for each hour of the week of its site. An hour with 0 is not watched.
 * Set and learned rhythms are both brought into this form, so that a silence that begins in one hour and goes on in another has one meaning.
 */
export type Pace = readonly number[];
export declare const hoursOfWeek = 168;
/** Monday 0 h is 0, Sunday 23 h is 167. In the hour that a clock change repeats it comes twice, the one that is skipped never. */
export declare const hourOfWeek: ({ weekday, hour }: ReturnType<WallClock>) => number;
/** A heartbeat that the protocol sets: the first range that holds the hour counts. `toHour` is exclusive; a range may run over midnight. */
export declare function paceOfRanges(ranges: readonly {
    readonly fromHour: number;
    readonly toHour: number;
    readonly silenceMs: DurationMs;
}[]): Pace;
/** Share of the patience that is used up between two instants. */
export declare function shareBetween(pace: Pace, wall: WallClock, from: EpochMs, to: EpochMs): number;
/** The instant at which `share` is used up by a silence that begins at `from`; `null` when that is more than eight days away. */
export declare function usedUpAt(pace: Pace, wall: WallClock, from: EpochMs, share: number): EpochMs | null;
