import type { DurationMs, EpochMs } from '@voorrang/kernel';
import { hourOfWeek, hoursOfWeek, type Pace, type WallClock } from './pace.ts';

/** Time is looked at in slots of this length: a sender is heard in a slot or not. */
export const slotMs: DurationMs = 300_000;
export const slotOf = (at: EpochMs): EpochMs => Math.floor(at / slotMs) * slotMs;

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

const gapSteps = 32;
export const newRhythm: Rhythm = {
  listened: new Array<number>(hoursOfWeek).fill(0),
  heard: new Array<number>(hoursOfWeek).fill(0),
  gaps: new Array<number>(gapSteps).fill(0),
  quiet: null,
  slotsSeen: 0,
  gapsSeen: 0,
};

/** What was learned is worth half after four weeks. */
const keptPerWeek = 0.5 ** (1 / 4);
const keptPerSlot = keptPerWeek ** (slotMs / (7 * 86_400_000));
const slotsOfWeek = (7 * 86_400_000) / slotMs;
/** Gaps are measured by the shares of the hours, so they count from the second week on, when every hour has its share. */
const enoughToMeasure = slotsOfWeek;
/** Two weeks of listening, the second with this many gaps. */
const enoughSlots = 2 * slotsOfWeek;
const enoughGaps = 50;
/** All but one in two hundred gaps are no longer than the quantile; silence is told beyond twice that and one slot, never before two. */
const quantile = 0.995;

/** One slot of the past, in order of time. A slot in which we did not listen says nothing of the sender. */
export function learnSlot(
  rhythm: Rhythm,
  wall: WallClock,
  slot: { readonly at: EpochMs; readonly listened: boolean; readonly heard: boolean },
): Rhythm {
  if (!slot.listened) return rhythm;
  const hour = hourOfWeek(wall(slot.at));
  const quiet = slot.heard ? 0 : rhythm.quiet === null ? null : rhythm.quiet + shareOf(rhythm, hour);
  const gap = slot.heard && rhythm.slotsSeen >= enoughToMeasure ? rhythm.quiet : null;
  return {
    // Each hour of the week comes once a week with 12 slots: a twelfth of the forgetting for each.
    listened: replaced(rhythm.listened, hour, (value) => value * keptPerWeek ** (1 / 12) + 1),
    heard: replaced(rhythm.heard, hour, (value) => value * keptPerWeek ** (1 / 12) + (slot.heard ? 1 : 0)),
    gaps:
      gap === null
        ? rhythm.gaps
        : replaced(
            rhythm.gaps.map((value) => value * keptPerSlot),
            stepOf(gap),
            (value) => value + 1,
          ),
    quiet,
    slotsSeen: rhythm.slotsSeen + 1,
    gapsSeen: rhythm.gapsSeen + (gap === null ? 0 : 1),
  };
}

/** The pace at which silence of this sender becomes remarkable; `null` while too little is known to say so. */
export function paceOfRhythm(rhythm: Rhythm): Pace | null {
  if (rhythm.slotsSeen < enoughSlots || rhythm.gapsSeen < enoughGaps) return null;
  const allowed = Math.max(2, 2 * quantileOf(rhythm.gaps) + 1);
  return Array.from({ length: hoursOfWeek }, (_, hour) => shareOf(rhythm, hour) / slotMs / allowed);
}

const shareOf = ({ listened, heard }: Rhythm, hour: number): number => {
  const all = listened[hour] ?? 0;
  return all === 0 ? 0 : (heard[hour] ?? 0) / all;
};

const stepOf = (gap: number): number => Math.min(gapSteps - 1, Math.floor(Math.log2(1 + gap) * 4));
const upperEndOf = (step: number): number => 2 ** ((step + 1) / 4) - 1;

function quantileOf(gaps: readonly number[]): number {
  const all = gaps.reduce((sum, value) => sum + value, 0);
  let below = 0;
  for (const [step, value] of gaps.entries()) {
    below += value;
    if (below >= all * quantile) return upperEndOf(step);
  }
  return upperEndOf(gapSteps - 1);
}

const replaced = (list: readonly number[], at: number, change: (value: number) => number): readonly number[] =>
  list.map((value, index) => (index === at ? change(value) : value));
