import { z } from 'zod';
import { epochMsSchema, patientSchema, textSchema, uidSchema } from '../shapes.ts';

const text = textSchema.nullable();

/**
 * Instances of one series that became durable. A series is told in many of these; the fold is the union by SOP Instance UID.
 * Attributes are those of the first instance in this event, empty ones null (PS3.3 C.7). `digest` is SHA-256 (hex, 16 first bytes) over the header bytes that were kept.
 */
export const seriesObservedSchema = z
  .object({
    studyInstanceUid: uidSchema,
    seriesInstanceUid: uidSchema,
    instances: z.array(z.object({ sopInstanceUid: uidSchema, digest: z.string() })).min(1),
    sopClassUid: uidSchema,
    modality: text,
    patient: patientSchema.nullable(),
    patientAuthorityAssumed: z
      .boolean()
      .optional()
      .describe('true when the object has no issuer (0010,0021) and the authority is the default of its sender'),
    accessionNumbers: z.array(z.string().max(64)),
    studyDescription: text,
    seriesDescription: text,
    bodyPart: text,
    laterality: text,
    acquiredAt: text.describe('AcquisitionDateTime or date and time as sent; shown, never sorted by'),
    equipment: z.object({ manufacturer: text, model: text, station: text, softwareVersions: text }),
    acquisition: z.object({
      kernel: text,
      sliceThicknessMm: z.number().nullable(),
      protocol: text,
      contrastAgent: text,
      kVp: z.number().nullable(),
    }),
    sender: z.object({ callingAe: z.string().max(16), calledAe: z.string().max(16) }),
  })
  .meta({ id: 'SeriesObserved' });

export const settledBy = ['required-series', 'completed-by-technologist', 'quiet', 'hard-limit'] as const;

export const studySettledSchema = z
  .object({
    studyInstanceUid: uidSchema,
    version: z.number().int().positive().describe('1 for the first settling; a late series makes the next'),
    by: z.enum(settledBy),
    imagesCompleteAt: epochMsSchema.describe('observedAt of the last instance of this version'),
    settledAt: epochMsSchema,
    modalities: z.array(z.string().max(16)),
    bodyParts: z.array(textSchema),
    seriesInstanceUids: z.array(uidSchema),
  })
  .meta({ id: 'StudySettled' });
