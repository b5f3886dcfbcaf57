import type { DurationMs } from '@voorrang/kernel';
/**
 * How far the clock of a sender stands before ours, newest last. Each sample is its time minus ours when we first saw what it timed. Transport only makes samples smaller,
 * and a queue that empties makes many of them small, so one of them says little and the median of many says much.
 */
export type SkewSamples = readonly DurationMs[];
export declare const addSample: (samples: SkewSamples, sample: DurationMs) => SkewSamples;
/** The median; `null` while there are too few samples. Positive: their clock is before ours. */
export declare function skewOf(samples: SkewSamples): DurationMs | null;
/**
 * Whether operators are told. A message is made when it is sent, so its time counts both ways. Images are sent some time after they were acquired: that theirs is behind
 * ours says nothing, that it is before ours cannot be but by a clock.
 */
export declare function isSkewed(skewMs: DurationMs | null, given: {
    readonly bothWays: boolean;
    readonly limitMs: DurationMs;
    readonly told: boolean;
}): boolean;
