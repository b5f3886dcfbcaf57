import { z } from 'zod';
import { epochMsSchema, opaqueSchema, uidSchema } from './envelope.ts';

/** Longest text that is taken over from a message; longer values are cut at the edge. */
export const maxTextLength = 1024;
export const textSchema = z.string().max(maxTextLength);
const nullableText = textSchema.nullable();

/** Patient as a message gave it. `authority` is the assigning authority (CX-4) or issuer (0010,0021), else the sender's default. */
export const patientSchema = z
  .object({
    id: textSchema,
    authority: textSchema,
    name: nullableText.describe('family name, then given names, as one text in UTF-8'),
    birthDate: z.iso.date().nullable(),
    sex: z.enum(['M', 'F', 'O', 'U']).nullable(),
  })
  .meta({ id: 'Patient' });
export type Patient = z.infer<typeof patientSchema>;

/** Patient class, HL7 table 0004 as far as it matters here. */
export const patientClassSchema = z
  .enum(['emergency', 'inpatient', 'outpatient', 'preadmit', 'other'])
  .meta({ id: 'PatientClass' });
export type PatientClass = z.infer<typeof patientClassSchema>;

/** Order priority, HL7 table 0027 / 0485 folded: S stat, A asap, C callback, P preoperative, R routine, T timing critical. */
export const orderPrioritySchema = z
  .enum(['stat', 'asap', 'timing-critical', 'preoperative', 'callback', 'routine'])
  .meta({ id: 'OrderPriority' });
export type OrderPriority = z.infer<typeof orderPrioritySchema>;

export const codedSchema = z
  .object({ code: nullableText, text: nullableText, system: nullableText })
  .meta({ id: 'Coded' });

export const orderNumberSchema = z.object({ filler: nullableText, placer: nullableText }).meta({ id: 'OrderNumber' });

export const visitSchema = z
  .object({
    number: nullableText.describe('PV1-19'),
    patientClass: patientClassSchema.nullable(),
    location: nullableText.describe('PV1-3 point of care'),
  })
  .meta({ id: 'Visit' });

export const urgencyClasses = ['acute', 'emergency', 'urgent', 'routine'] as const;
export const urgencyClassSchema = z.enum(urgencyClasses).meta({ id: 'UrgencyClass' });
export type UrgencyClass = z.infer<typeof urgencyClassSchema>;

/** What people see per detector and study. The first seven are absence and are never drawn like `negative`. */
export const aiDisplays = [
  'expected',
  'late',
  'failed',
  'inconclusive',
  'not-eligible',
  'suspended',
  'waived',
  'negative',
  'positive',
] as const;
export const aiDisplaySchema = z.enum(aiDisplays).meta({ id: 'AiDisplay' });
export type AiDisplay = z.infer<typeof aiDisplaySchema>;

export const severitySchema = z.enum(['low', 'moderate', 'high']).meta({ id: 'Severity' });
export type Severity = z.infer<typeof severitySchema>;

/** The findings that ship; a registry may add others of the same shape. */
export const findingCodes = [
  'ICH',
  'PE',
  'INCIDENTAL_PE',
  'CSPINE_FRACTURE',
  'LVO',
  'CT_PERFUSION_DEFICIT',
  'ANEURYSM',
  'PNEUMOTHORAX',
  'PLEURAL_EFFUSION',
  'MISPLACED_DEVICE',
] as const;
export const findingCodeSchema = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{1,39}$/)
  .meta({ id: 'FindingCode' });

export const findingSchema = z
  .object({
    finding: findingCodeSchema,
    outcome: z.enum(['positive', 'negative', 'inconclusive']),
    confidence: z.number().min(0).max(1).optional(),
    severity: severitySchema.optional(),
    location: textSchema.optional(),
    keyImages: z.array(uidSchema).max(200).optional(),
    measurements: z
      .array(z.object({ code: z.string().max(64), value: z.number(), unit: z.string().max(32) }))
      .max(200)
      .optional(),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof findingSchema>;

/** One execution of one detector on one study, as `POST /api/v1/results` takes it. */
export const runSchema = z
  .object({
    resultId: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[A-Za-z0-9._:-]+$/),
    detector: z.object({ id: z.string().min(1).max(64), version: z.string().min(1).max(64) }),
    studyInstanceUid: uidSchema,
    site: z.string().max(16).optional(),
    accessionNumber: z.string().max(64).optional(),
    status: z.enum(['completed', 'failed', 'not-eligible']),
    reason: textSchema.optional(),
    findings: z.array(findingSchema).max(50),
    seriesInstanceUids: z.array(uidSchema).max(1000).optional(),
    startedAt: z.iso.datetime({ offset: true }).optional(),
    producedAt: z.iso.datetime({ offset: true }),
    replaces: z.string().max(128).optional(),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof runSchema>;

export { epochMsSchema, opaqueSchema, uidSchema };
