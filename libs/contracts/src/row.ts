import { z } from 'zod';
import { epochMsSchema, opaqueSchema, siteSchema, uidSchema } from './envelope.ts';
import { conflictKinds, settledBy } from './events/imaging.ts';
import {
  aiDisplaySchema,
  findingCodeSchema,
  orderPrioritySchema,
  patientClassSchema,
  severitySchema,
  urgencyClassSchema,
} from './shapes.ts';

const text = z.string().nullable();
const instant = epochMsSchema.nullable();
const bilingual = z.object({ en: z.string(), nl: z.string() }).meta({ id: 'Bilingual' });

export const reasonSchema = z.object({ code: z.string(), ruleId: z.string(), text: bilingual }).meta({ id: 'Reason' });
export type Reason = z.infer<typeof reasonSchema>;

export const rowFlags = [
  'unscored',
  'unprocessed',
  'conflict',
  'images-not-received',
  'clock-skew',
  'order-cancelled',
  'overdue',
  'held',
] as const;

/** One AI display of a row: per detector and finding. */
export const rowAiSchema = z
  .object({
    detector: z.string(),
    finding: findingCodeSchema,
    display: aiDisplaySchema,
    confidence: z.number().nullable(),
    severity: severitySchema.nullable(),
    arrivedAt: instant,
    dueAt: instant,
    reason: text,
  })
  .meta({ id: 'RowAi' });

export const listNames = ['reading', 'expected', 'done'] as const;
export type ListName = (typeof listNames)[number];

/** A row of the worklist as the API gives it. All instants are epoch milliseconds. `rank` counts from 1. */
export const rowSchema = z
  .object({
    site: siteSchema,
    list: z.enum(listNames),
    studyId: opaqueSchema,
    studyInstanceUid: uidSchema.nullable().describe('null only for an expected order that names none'),
    accessionNumbers: z.array(z.string()),
    patient: z.object({ id: text, authority: text, name: text, birthDate: text, sex: text }),
    modality: text,
    bodyParts: z.array(z.string()),
    description: text,
    location: text,
    patientClass: patientClassSchema.nullable(),
    orderPriority: orderPrioritySchema.nullable(),
    urgencyClass: urgencyClassSchema.nullable(),
    band: z.number().int().min(0).max(3),
    dueAt: instant,
    maxWaitAt: instant,
    rank: z.number().int().positive(),
    rankWithoutAi: z.number().int().positive(),
    reasons: z.array(reasonSchema),
    ai: z.array(rowAiSchema),
    claim: z.object({ by: z.string(), until: epochMsSchema }).nullable(),
    settled: z.object({ version: z.number().int(), by: z.enum(settledBy) }).nullable(),
    imagesCompleteAt: instant,
    receivedAt: instant,
    flags: z.array(z.enum(rowFlags)),
    policyHash: z.string(),
    revision: z.number().int(),
  })
  .meta({ id: 'Row' });
export type Row = z.infer<typeof rowSchema>;

const timelineEntrySchema = z
  .object({ at: epochMsSchema, type: z.string(), source: z.string(), summary: bilingual, id: z.string() })
  .meta({ id: 'TimelineEntry' });
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

/** `GET /api/v1/studies/{study}`. */
export const studyDetailSchema = z
  .object({
    row: rowSchema,
    orders: z.array(
      z.object({
        orderId: opaqueSchema,
        fillerNumber: text,
        placerNumber: text,
        accessionNumbers: z.array(z.string()),
        procedure: text,
        indication: text,
        priority: orderPrioritySchema.nullable(),
        status: text,
        cancelled: z.boolean(),
        strokeCode: z.boolean(),
      }),
    ),
    series: z.array(
      z.object({
        seriesInstanceUid: uidSchema,
        modality: text,
        description: text,
        instanceCount: z.number().int(),
        firstAt: epochMsSchema,
        lastAt: epochMsSchema,
      }),
    ),
    runs: z.array(
      z.object({
        resultId: z.string(),
        detector: z.string(),
        version: z.string(),
        status: z.string(),
        findings: z.array(z.unknown()),
        recordedAt: epochMsSchema,
        withdrawn: z.boolean(),
        replacedBy: text,
        shadow: z.boolean(),
        verdicts: z.array(
          z.object({ finding: findingCodeSchema, verdict: z.string(), by: z.string(), at: epochMsSchema }),
        ),
      }),
    ),
    expectedRuns: z.array(
      z.object({
        detector: z.string(),
        findings: z.array(findingCodeSchema),
        dueAt: epochMsSchema,
        overdue: z.boolean(),
      }),
    ),
    reports: z.array(z.object({ status: z.string(), at: epochMsSchema })),
    clocks: z.object({
      firstObservedAt: instant,
      imagesCompleteAt: instant,
      firstRunReceivedAt: instant,
      dueAt: instant,
      maxWaitAt: instant,
      readAt: instant,
    }),
    consultPaths: z.array(z.unknown()),
    conflicts: z
      .array(
        z.object({
          kind: z.enum(conflictKinds),
          otherSite: text,
          count: z.number().int().nullable().describe('instances that came with two contents'),
          foundAt: instant,
        }),
      )
      .describe('what facts of the study contradict each other in; empty unless the row has the flag conflict'),
  })
  .meta({ id: 'StudyDetail' });
export type StudyDetail = z.infer<typeof studyDetailSchema>;
