import { z } from 'zod';
import type { Heartbeat } from '../protocol.ts';
import { durationSchema } from './common.ts';

const rangeSchema = z.strictObject({
  fromHour: z.int().min(0).max(23),
  toHour: z.int().min(0).max(24),
  silence: durationSchema,
});
type Range = z.output<typeof rangeSchema>;

/** Hours of the day that a range holds; one that ends before it begins runs over midnight. */
const hoursOf = ({ fromHour, toHour }: Range): readonly number[] => {
  const count = (toHour - fromHour + 24) % 24 || 24;
  return Array.from({ length: count }, (_, index) => (fromHour + index) % 24);
};

const hoursSchema = z
  .array(rangeSchema)
  .min(1)
  .superRefine((ranges, context) => {
    const taken = new Set<number>();
    ranges.forEach((range, index) => {
      const refuse = (key: keyof Range, message: string) =>
        context.addIssue({ code: 'custom', message, path: [index, key] });
      if (range.silence === 0) refuse('silence', 'must be longer than 0');
      if (range.fromHour === range.toHour) {
        refuse('toHour', 'a range that begins and ends at the same hour is written 0 to 24');
        return;
      }
      const again = hoursOf(range).find((hour) => taken.has(hour));
      if (again !== undefined) refuse('fromHour', `hour ${again} is in a range before as well`);
      for (const hour of hoursOf(range)) taken.add(hour);
    });
  });

/** `learned`, or `set` with the longest silence per range of hours on the clock of the site. Hours outside all ranges are not watched. */
export const heartbeatSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('learned') }),
    z.strictObject({ kind: z.literal('set'), hours: hoursSchema }),
  ])
  .transform(
    (heartbeat): Heartbeat =>
      heartbeat.kind === 'learned'
        ? heartbeat
        : {
            kind: 'set',
            hours: heartbeat.hours.map(({ fromHour, toHour, silence }) => ({ fromHour, toHour, silenceMs: silence })),
          },
  );
