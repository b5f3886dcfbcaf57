import { z } from 'zod';
import { epochMsSchema, opaqueSchema, siteSchema } from './envelope.ts';
import { operationKinds } from './events/governance.ts';

const instant = epochMsSchema.nullable();

/** `GET /api/v1/operations`: what the operators must know; `subject` is a sender, a PACS or the site. Never anything of a patient. */
export const operationSchema = z
  .object({
    operationId: opaqueSchema,
    kind: z.enum(operationKinds),
    site: siteSchema,
    subject: z.string(),
    count: z.number().int().positive(),
    since: epochMsSchema,
    clearedAt: instant.describe('null while it stands'),
    text: z.object({ en: z.string(), nl: z.string() }),
    detail: z
      .object({
        studyIds: z
          .array(opaqueSchema)
          .describe('rows of the list that it is about, the newest; others are counted only'),
        lastHeardAt: instant,
        clockSkewSeconds: z.number(),
        incomplete: z.number().int().describe('studies of which images are missing here, within the count'),
        remaining: z
          .number()
          .int()
          .describe('studies that are not on the list yet, within the count; the next comparison, in an hour, goes on'),
        code: z.string().describe('of the error that ended the comparison'),
      })
      .partial()
      .optional(),
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof operationSchema>;

/** `GET /api/v1/senders`: a sender that the protocol names. */
export const senderStatusSchema = z
  .object({
    site: siteSchema,
    protocol: z.enum(['dicom', 'hl7']),
    name: z.string().describe('calling AE title, or MSH-3|MSH-4'),
    lastHeardAt: instant,
    messagesLastHour: z.number().int(),
    watched: z.boolean().describe('whether a rhythm is set or learned'),
    expectedSilenceMs: z
      .number()
      .int()
      .nullable()
      .describe('how long it may be silent from when it was last heard; null: not watched, or nothing learned yet'),
    silent: z.boolean(),
    clockSkewMs: z.number().int().nullable().describe('its clock minus ours, the median; null: too few samples'),
    tls: z.boolean().nullable().describe('whether it spoke TLS when it was last heard; null: not heard yet'),
  })
  .meta({ id: 'SenderStatus' });
export type SenderStatus = z.infer<typeof senderStatusSchema>;
