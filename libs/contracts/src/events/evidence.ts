import { z } from 'zod';
import { patientSchema, textSchema, uidSchema } from '../shapes.ts';

/** DICOM JSON model (PS3.18 §F.2): tag as eight hex digits to `{ vr, Value }`. Without bulk data. */
export const dicomJsonSchema = z.record(z.string().regex(/^[0-9A-F]{8}$/), z.looseObject({ vr: z.string().max(2) }));

/** A non-image object (SR, KO, PR, SC, SEG, dose) became durable. It never makes a version of the study. Content without bulk data is inline up to 512 KB of JSON, above by claim check: `contentRef` names it in the store of the ingest edge (`GET /api/v1/evidence/{digest}`). */
export const evidenceReceivedSchema = z
  .object({
    studyInstanceUid: uidSchema,
    seriesInstanceUid: uidSchema,
    sopInstanceUid: uidSchema,
    sopClassUid: uidSchema,
    digest: z.string(),
    modality: textSchema.nullable(),
    manufacturer: textSchema.nullable(),
    patient: patientSchema.nullable().optional(),
    patientAuthorityAssumed: z.boolean().optional(),
    accessionNumbers: z.array(z.string().max(64)).optional(),
    content: dicomJsonSchema.nullable().optional().describe('null: larger than what is kept, or not readable'),
    contentRef: z
      .object({ digest: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.number().int().positive() })
      .nullable()
      .optional()
      .describe('SHA-256 and length of the JSON text'),
    sender: z.object({ callingAe: z.string().max(16), calledAe: z.string().max(16) }),
  })
  .meta({ id: 'EvidenceReceived' });
