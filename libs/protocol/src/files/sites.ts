import { siteSchema } from '@voorrang/contracts';
import { z } from 'zod';
import { nameSchema } from './common.ts';

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

export const sitesFileSchema = z.strictObject({
  sites: z.record(
    siteSchema,
    z.strictObject({
      name: nameSchema,
      timeZone: z.string().refine(isTimeZone, 'expected an IANA time zone such as Europe/Amsterdam'),
    }),
  ),
});
