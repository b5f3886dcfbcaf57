import { z } from 'zod';
import { epochMsSchema, siteSchema } from './envelope.ts';

/** What is wrong and where, as it was told to the sender; without a value of the message. */
const quarantineProblemSchema = z
  .object({ condition: z.string(), location: z.string(), text: z.string() })
  .meta({ id: 'QuarantineProblem' });
export type QuarantineProblem = z.infer<typeof quarantineProblemSchema>;

export const quarantineStateSchema = z.enum(['open', 'flagged', 'replayed', 'dismissed']);

/** `GET /api/v1/quarantine`: what came and could not be used. Texts of strangers: `sender`, `messageType`, `controlId`. */
export const quarantineItemSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['hl7', 'dicom']),
    state: quarantineStateSchema.describe('flagged: it was processed, but something about it is odd'),
    receivedAt: epochMsSchema,
    lastAt: epochMsSchema,
    site: siteSchema,
    sender: z.string(),
    address: z.string(),
    messageType: z.string(),
    controlId: z.string(),
    code: z.string().describe('what the sender was answered'),
    problems: z.array(quarantineProblemSchema),
    bytes: z.number().int(),
    count: z.number().int().describe('how many times the same came'),
    resolvedAt: epochMsSchema.nullable(),
    resolvedBy: z.string().nullable(),
  })
  .meta({ id: 'QuarantineItem' });
export type QuarantineItem = z.infer<typeof quarantineItemSchema>;

/** `GET /api/v1/quarantine/{id}`: with the message as a person reads it, one segment a line; a DICOM header as hexadecimal. */
export const quarantineEntrySchema = quarantineItemSchema
  .extend({ content: z.string(), charset: z.string() })
  .meta({ id: 'QuarantineEntry' });
export type QuarantineEntry = z.infer<typeof quarantineEntrySchema>;

/** `POST /api/v1/quarantine/{id}/replay`. */
export const replayOutcomeSchema = z
  .object({ outcome: z.enum(['accepted', 'refused']), problems: z.array(quarantineProblemSchema) })
  .meta({ id: 'ReplayOutcome' });
export type ReplayOutcome = z.infer<typeof replayOutcomeSchema>;
