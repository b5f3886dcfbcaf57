import { z } from 'zod';
import { epochMsSchema, opaqueSchema, siteSchema } from './envelope.ts';
import { alertStates } from './events/alerts.ts';
import { findingCodeSchema, severitySchema } from './shapes.ts';

const instant = epochMsSchema.nullable();

/** `GET /api/v1/alerts/{id}`. `targets` and `recipient` are account names of the rota; `studies` opaque study ids. */
export const alertSchema = z
  .object({
    id: opaqueSchema,
    state: z.enum(alertStates),
    site: siteSchema,
    team: z.string(),
    severity: severitySchema,
    studies: z.array(opaqueSchema),
    findings: z.array(
      z.object({
        finding: findingCodeSchema,
        outcome: z.string(),
        severity: severitySchema.nullable(),
        location: z.string().nullable(),
        detector: z.string().nullable(),
        receivedAt: instant,
      }),
    ),
    raisedAt: epochMsSchema,
    steps: z.array(
      z.object({
        index: z.number().int(),
        dueAt: epochMsSchema,
        state: z.enum(['pending', 'sent', 'skipped', 'stopped']),
        targets: z.array(z.string()),
      }),
    ),
    pages: z.array(
      z.object({
        stepIndex: z.number().int(),
        channel: z.string(),
        recipient: z.string(),
        state: z.string(),
        sentAt: instant,
        acceptedAt: instant,
        receivedAt: instant,
      }),
    ),
    clocks: z.object({
      imagesCompleteAt: instant,
      runReceivedAt: instant,
      firstPageAcceptedAt: instant,
      acknowledgedAt: instant,
    }),
    acknowledgedBy: z.string().nullable(),
    fallbackAt: epochMsSchema,
    supersededBy: opaqueSchema.nullable(),
    revision: z.number().int(),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof alertSchema>;

/**
 * `GET /api/v1/alerts/awaited`: an unread study of a stroke-code order on which detectors owe the stroke team an answer. `display` is an AI display that is never
 * drawn like `negative`; `since`: when the run was due (`late`), or came without an answer.
 */
export const awaitedAnswersSchema = z
  .object({
    studyId: opaqueSchema,
    site: siteSchema,
    team: z.string(),
    referenceAt: epochMsSchema,
    imagesCompleteAt: instant,
    missing: z
      .array(
        z.object({
          finding: findingCodeSchema,
          detector: z.string(),
          display: z.enum(['late', 'failed', 'not-eligible', 'inconclusive']),
          since: epochMsSchema,
        }),
      )
      .min(1),
  })
  .meta({ id: 'AwaitedAnswers' });
export type AwaitedAnswers = z.infer<typeof awaitedAnswersSchema>;

/** What the webhook channel sends; nothing of the patient. */
export const webhookPageSchema = z
  .object({
    alertId: opaqueSchema,
    stepIndex: z.number().int(),
    recipient: z.string(),
    team: z.string(),
    severity: severitySchema,
    site: siteSchema,
    url: z.string(),
    sentAt: z.iso.datetime(),
    idempotencyKey: z.string(),
  })
  .meta({ id: 'WebhookPage' });
export type WebhookPage = z.infer<typeof webhookPageSchema>;
