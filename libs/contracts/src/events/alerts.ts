import { z } from 'zod';
import { epochMsSchema, findingCodeSchema, opaqueSchema, severitySchema, textSchema } from '../shapes.ts';

export const alertStates = ['open', 'acknowledged', 'recalled', 'superseded', 'fallback-reached', 'closed'] as const;

/** Common to every event of an alert. `studies` are opaque study ids. `episode` is the opaque key of the visit. */
const alert = {
  alertId: opaqueSchema,
  team: z.string().max(32),
  severity: severitySchema,
  episode: opaqueSchema,
  studies: z.array(opaqueSchema),
  findings: z.array(
    z.object({
      finding: findingCodeSchema,
      outcome: z.enum(['positive', 'negative', 'inconclusive', 'waiting', 'failed', 'late', 'withdrawn']),
      severity: severitySchema.nullable(),
      location: textSchema.nullable(),
    }),
  ),
  state: z.enum(alertStates),
};

export const alertRaisedSchema = z
  .object({ ...alert, steps: z.array(z.object({ index: z.number().int(), dueAt: epochMsSchema })) })
  .meta({ id: 'AlertRaised' });
export const alertUpdatedSchema = z.object({ ...alert, reason: textSchema }).meta({ id: 'AlertUpdated' });
export const alertSupersededSchema = z.object({ ...alert, by: opaqueSchema }).meta({ id: 'AlertSuperseded' });
export const alertRecalledSchema = z.object({ ...alert, reason: textSchema }).meta({ id: 'AlertRecalled' });
export const alertEscalatedSchema = z
  .object({ ...alert, stepIndex: z.number().int(), by: z.string().max(128).nullable() })
  .meta({ id: 'AlertEscalated' });
export const alertFallbackReachedSchema = z
  .object({ ...alert, deadlineAt: epochMsSchema })
  .meta({ id: 'AlertFallbackReached' });
export const alertClosedSchema = z.object({ ...alert, reason: textSchema }).meta({ id: 'AlertClosed' });
export const alertAcknowledgedSchema = z
  .object({ ...alert, by: z.string().max(128), note: textSchema.nullable() })
  .meta({ id: 'AlertAcknowledged' });
export const alertDeclinedSchema = z
  .object({ ...alert, by: z.string().max(128), note: textSchema.nullable() })
  .meta({ id: 'AlertDeclined' });
export const alertHandedOverSchema = z
  .object({ ...alert, by: z.string().max(128), to: z.string().max(128), note: textSchema.nullable() })
  .meta({ id: 'AlertHandedOver' });

const page = {
  ...alert,
  stepIndex: z.number().int(),
  channel: z.string().max(32),
  recipient: z.string().max(128),
  attempt: z.number().int().positive(),
};
export const pageSentSchema = z.object({ ...page, acceptedAt: epochMsSchema }).meta({ id: 'PageSent' });
export const pageFailedSchema = z
  .object({ ...page, code: z.string().max(64), final: z.boolean() })
  .meta({ id: 'PageFailed' });
export const pageReceivedSchema = z.object({ ...page, receivedAt: epochMsSchema }).meta({ id: 'PageReceived' });
