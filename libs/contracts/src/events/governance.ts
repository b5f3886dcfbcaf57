import { z } from 'zod';

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
