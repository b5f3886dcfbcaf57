import { siteSchema } from '@voorrang/contracts';
import { z } from 'zod';
import type { ChannelKind, OnCall, Person } from '../protocol.ts';
import { channelKindSchema } from './alerts.ts';
import { idSchema, nameSchema, teamSchema } from './common.ts';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Time of day "08:00" as minutes after local midnight; "24:00" is the end of the day. */
export const timeOfDaySchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'expected a time of day such as "08:00"', abort: true })
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

/** A URL or a telephone number; `env:NAME` is taken from the configuration, and a channel whose name is empty there is dropped. */
const addressSchema = z
  .string()
  .regex(/^(env:[A-Z][A-Z0-9_]*|https?:\/\/\S+|\+?[0-9]{3,15})$/, 'expected env:NAME, a URL or a telephone number');

export const onCallFileSchema = z.strictObject({
  people: z.record(
    idSchema,
    z.strictObject({ name: nameSchema, channels: z.partialRecord(channelKindSchema, addressSchema) }),
  ),
  shifts: z.array(
    z
      .strictObject({
        site: siteSchema,
        team: teamSchema,
        role: idSchema,
        person: idSchema,
        days: z.array(z.enum(weekdays)).min(1),
        from: timeOfDaySchema,
        to: timeOfDaySchema,
      })
      .refine(({ from, to }) => from !== to && from !== 1_440, {
        message: 'a shift that begins and ends at the same time is written 00:00 to 24:00',
        path: ['to'],
      }),
  ),
});

/** Resolves one name of the configuration; empty or unknown is `undefined`. */
export type EnvironmentLookup = (name: string) => string | undefined;

export const onCallOf = (file: z.output<typeof onCallFileSchema>, environment: EnvironmentLookup): OnCall => ({
  people: Object.fromEntries(
    Object.entries(file.people).map(([id, { name, channels }]): [string, Person] => [
      id,
      { id, name, channels: resolved(channels, environment) },
    ]),
  ),
  shifts: file.shifts.map(({ days, from, to, ...shift }) => ({
    ...shift,
    days: days.map((day) => weekdays.indexOf(day) + 1),
    fromMinute: from,
    toMinute: to,
  })),
});

function resolved(channels: Partial<Record<ChannelKind, string>>, environment: EnvironmentLookup): Person['channels'] {
  const entries = Object.entries(channels).flatMap(([kind, address]) => {
    const at = address.startsWith('env:') ? environment(address.slice('env:'.length)) : address;
    return at ? [[kind, at] as const] : [];
  });
  return Object.fromEntries(entries);
}
