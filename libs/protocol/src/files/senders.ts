import { siteSchema } from '@voorrang/contracts';
import { z } from 'zod';
import type { Senders } from '../protocol.ts';

/** Assigning authority (CX-4) or issuer of patient id that a sender's bare ids belong to. */
const authoritySchema = z.string().min(1).max(64);
/** Name of table 0211 (`UNICODE UTF-8`, `8859/1`, ...) used when MSH-18 is empty. */
const charsetSchema = z.string().min(1).max(32);
const namespaceSchema = z.string().min(1).max(64);

export const sendersFileSchema = z.strictObject({
  dicom: z.array(
    z.strictObject({ callingAe: z.string().min(1).max(16), site: siteSchema, authority: authoritySchema }),
  ),
  hl7: z.array(
    z.strictObject({
      application: namespaceSchema,
      facility: namespaceSchema,
      site: siteSchema,
      authority: authoritySchema,
      charset: charsetSchema,
    }),
  ),
  fallback: z.strictObject({ authority: authoritySchema, charset: charsetSchema }),
});

export const sendersOf = (file: z.output<typeof sendersFileSchema>): Senders => file;
