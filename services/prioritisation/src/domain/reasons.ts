import type { Reason } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import { timeZoneOf } from './context.ts';
import type { Placement } from './placement.ts';
import { clockTime } from './site-time.ts';

const reasonOf = ({ code, ruleId, text }: Placement): Reason => ({ code, ruleId, text: { ...text } });

/**
 * What ranks a study, best first: the rule whose key it has, what else detectors found, where it would stand without AI, and until when it waits.
 * Place numbers are the store's; the row carries them as `rank` and `rankWithoutAi`.
 */
export function reasonsOf(
  winner: Placement,
  base: Placement,
  ai: readonly Placement[],
  site: string,
  dueAt: EpochMs | null,
): Reason[] {
  const reasons = [reasonOf(winner)];
  for (const one of ai) if (!reasons.some(({ ruleId }) => ruleId === one.ruleId)) reasons.push(reasonOf(one));
  if (winner !== base) {
    const text = { en: `Without AI: ${base.text.en}`, nl: `Zonder AI: ${base.text.nl}` };
    reasons.push({ code: 'without-ai', ruleId: base.ruleId, text });
  }
  if (dueAt !== null) {
    const at = clockTime(dueAt, timeZoneOf(winner.protocol, site), winner.from);
    reasons.push({
      code: 'due',
      ruleId: `class-${winner.class}`,
      text: { en: `To be read before ${at.en}`, nl: `Beoordelen vóór ${at.nl}` },
    });
  }
  return reasons;
}

/** Notes stand right behind what ranks the study. */
export const withNotes = ([first, ...others]: readonly Reason[], notes: readonly Reason[]): Reason[] => [
  ...(first === undefined ? [] : [first]),
  ...notes,
  ...others,
];
