import { compileCondition, type FactSchema } from '@voorrang/rules';
import { z } from 'zod';
import type { Condition } from '../protocol.ts';

const units: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, day: 86_400_000 };
const plain = /^(\d{1,6}) ?(s|min|h|day)s?$/;
const working = /^(\d{1,3}) ?working days?$/;

const msOf = (text: string): number | undefined => {
  const [, count = '', unit = ''] = plain.exec(text) ?? [];
  const factor = units[unit];
  return factor === undefined ? undefined : Number(count) * factor;
};

/** A length of time as text: "30 s", "10 min", "4 h", "2 days"; read as milliseconds. */
export const durationSchema = z
  .string()
  .regex(plain, { error: 'expected a length of time such as "30 s", "10 min", "4 h" or "2 days"', abort: true })
  .transform((text) => msOf(text) ?? 0);

/** A wait as text: a length of time, or "2 working days" (the weekend clock stops). */
export const waitSchema = z
  .string()
  .regex(new RegExp(`${plain.source}|${working.source}`), {
    error: 'expected a length of time such as "10 min", "4 h" or "2 working days"',
    abort: true,
  })
  .transform((text) => {
    const days = working.exec(text)?.[1];
    return days === undefined ? { ms: msOf(text) ?? 0 } : { workingDays: Number(days) };
  });

/** The place within a condition that an issue of zod carries along. */
export const conditionPlace = 'conditionLine';

/** A condition in the expression language of `@voorrang/rules`, compiled against what it may name. */
export const conditionSchema = <Facts>(schema: FactSchema) =>
  z.string().transform((text, context): Condition<Facts> => {
    const compiled = compileCondition<Facts>(text, schema);
    if (compiled.ok) return compiled.value;
    const { message, line, column } = compiled.error;
    context.addIssue({
      code: 'custom',
      message: `${message} (column ${column} of the condition)`,
      params: { [conditionPlace]: line },
    });
    return z.NEVER;
  });

export const idSchema = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected small letters, digits and hyphens');
export const nameSchema = z.string().min(1).max(200);
export const teamSchema = z.string().regex(/^[A-Z][A-Z0-9-]{0,31}$/, 'expected capital letters, digits and hyphens');
export const bilingualSchema = z.strictObject({ en: nameSchema, nl: nameSchema });
/** Where a row of the protocol comes from; "[LE]" marks a local example. */
export const sourceSchema = z.string().min(1).max(500);
