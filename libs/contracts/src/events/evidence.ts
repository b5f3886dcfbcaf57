import { z } from 'zod';
import { textSchema, uidSchema } from '../shapes.ts';

/** A non-image object (SR, KO, PR, SC, SEG, dose) became durable. It never makes a version of the study. Content is read by a later service. */
export const evidenceReceivedSchema = z
  .object({
    studyInstanceUid: uidSchema,
    seriesInstanceUid: uidSchema,
    sopInstanceUid: uidSchema,
    sopClassUid: uidSchema,
    digest: z.string(),
    modality: textSchema.nullable(),
    manufacturer: textSchema.nullable(),
    sender: z.object({ callingAe: z.string().max(16), calledAe: z.string().max(16) }),
  })
  .meta({ id: 'EvidenceReceived' });
