import { z } from 'zod';
import { epochMsSchema, patientSchema, textSchema, uidSchema } from '../shapes.ts';

const text = textSchema.nullable();

/**
 * Instances of one series that became durable. A series is told in many of these; the fold is the union by SOP Instance UID.
 * Attributes are those of the first instance in this event, empty ones null (PS3.3 C.7). `digest` is SHA-256 (hex, 16 first bytes) over the attributes that
 * were read, decoded: it does not depend on transfer syntax or character set.
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
    bodyParts: z.array(textSchema).describe('the first 100 in order of text'),
    seriesInstanceUids: z.array(uidSchema).describe('the first 1000 in order of UID; series.observed tells them all'),
  })
  .meta({ id: 'StudySettled' });

/** Who told of images without sending them, or of the end of a procedure step. */
export const announcedBy = ['ian', 'mpps', 'pacs-comparison'] as const;
/**
 * `available`: the images lie at the retrieve AE (IAN with ONLINE or NEARLINE, PS3.4 §R; or found by a comparison with a PACS).
 * `in-progress`, `completed`, `discontinued`: Performed Procedure Step Status (PS3.4 §F.7).
 */
export const announcedStatuses = ['available', 'unavailable', 'in-progress', 'completed', 'discontinued'] as const;

/**
 * A PACS or a modality told of images that it did not send here (IAN, PS3.4 §R), or of a performed procedure step (MPPS, PS3.4 §F). One fact per message and study.
 * Announced instances are in the union of instances of the study like observed ones; their attributes are unknown, so null.
 */
export const imagesAnnouncedSchema = z
  .object({
    studyInstanceUid: uidSchema,
    by: z.enum(announcedBy),
    status: z.enum(announcedStatuses),
    procedureStepUid: uidSchema
      .nullable()
      .describe('SOP Instance UID of the MPPS; facts of one step are told apart by their stamps'),
    series: z.array(
      z.object({
        seriesInstanceUid: uidSchema,
        modality: text,
        description: text,
        protocol: text,
        instances: z.array(z.object({ sopInstanceUid: uidSchema, sopClassUid: uidSchema })),
        instanceCount: z.number().int().nonnegative().nullable().describe('where a peer tells only how many'),
        retrieveAe: text,
      }),
    ),
    modality: text,
    patient: patientSchema.nullable(),
    patientAuthorityAssumed: z.boolean().optional(),
    accessionNumbers: z.array(z.string().max(64)),
    studyDescription: text,
    startedAt: text.describe('as sent; shown, never sorted by'),
    endedAt: text,
    station: text,
    sender: z.object({ callingAe: z.string().max(16), calledAe: z.string().max(16) }),
  })
  .meta({ id: 'ImagesAnnounced' });

export const conflictKinds = ['instance-content', 'two-sites', 'two-patients'] as const;

/**
 * Derived: facts of a study contradict each other. `instance-content`: a SOP Instance UID came with two contents (the first one counts); `two-sites`: the Study Instance UID is
 * known at another site; `two-patients`: images name patients whose ids differ and are not merged. Never names a patient or a value.
 */
export const studyConflictedSchema = z
  .object({
    studyInstanceUid: uidSchema,
    kind: z.enum(conflictKinds),
    otherSite: z.string().max(16).nullable(),
    sopInstanceUid: uidSchema.nullable(),
    count: z.number().int().positive().describe('instances concerned so far'),
    foundAt: epochMsSchema,
  })
  .meta({ id: 'StudyConflicted' });
