import type { DurationMs } from '@voorrang/kernel';

/**
 * How far the clock of a sender stands before ours, newest last. Each sample is its time minus ours when we first saw what it timed. Transport only makes samples smaller,
 * and a queue that empties makes many of them small, so one of them says little and the median of many says much.
 */
export type SkewSamples = readonly DurationMs[];

const kept = 63;
const enough = 9;
/** Once told, a difference is over when it is well below the limit, so that one at the limit does not come and go. */
const overBelow = 0.75;

export const addSample = (samples: SkewSamples, sample: DurationMs): SkewSamples => [...samples, sample].slice(-kept);

/** The median; `null` while there are too few samples. Positive: their clock is before ours. */
export function skewOf(samples: SkewSamples): DurationMs | null {
  if (samples.length < enough) return null;
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? null;
}

/**
 * Whether operators are told. A message is made when it is sent, so its time counts both ways. Images are sent some time after they were acquired: that theirs is behind
 * ours says nothing, that it is before ours cannot be but by a clock.
 */
export function isSkewed(
  skewMs: DurationMs | null,
  given: { readonly bothWays: boolean; readonly limitMs: DurationMs; readonly told: boolean },
): boolean {
  if (skewMs === null) return given.told;
  const far = given.bothWays ? Math.abs(skewMs) : skewMs;
  return far > (given.told ? given.limitMs * overBelow : given.limitMs);
}
