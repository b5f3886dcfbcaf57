import { z } from 'zod';
import { opaqueSchema } from '../envelope.ts';
import { epochMsSchema } from '../shapes.ts';

/** A protocol directory came into force. `files` keeps the text, so that a replay applies the policy in force at each fact. `hash` is SHA-256 over names and texts. */
export const policyActivatedSchema = z
  .object({
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    author: z.string().max(128),
    files: z.record(z.string(), z.string()),
  })
  .meta({ id: 'PolicyActivated' });

export const detectorStates = ['active', 'shadow', 'suspended'] as const;
export const detectorStateChangedSchema = z
  .object({
    detector: z.string().max(64),
    state: z.enum(detectorStates),
    reason: z.string().max(1024),
    by: z.string().max(128),
  })
  .meta({ id: 'DetectorStateChanged' });

/** What the operators must know of the surroundings of the product; a closed set. */
export const operationKinds = [
  'sender-silent',
  'sender-clock-skew',
  'order-without-images',
  'images-without-order',
  'missing-at-pacs',
  'missing-here',
  'pacs-comparison-failed',
  'quarantine',
] as const;

/** An operations alert began. `subject` names a sender, a PACS or an opaque id, never a patient. Repeats with the same `operationId` are the same alert. */
export const operationRaisedSchema = z
  .object({
    operationId: opaqueSchema,
    kind: z.enum(operationKinds),
    subject: z.string().max(128),
    count: z.number().int().positive(),
    since: epochMsSchema,
  })
  .meta({ id: 'OperationRaised' });
export const operationClearedSchema = z
  .object({ operationId: opaqueSchema, clearedAt: epochMsSchema })
  .meta({ id: 'OperationCleared' });
