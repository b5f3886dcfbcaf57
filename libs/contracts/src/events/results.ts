import { z } from 'zod';
import { epochMsSchema, findingCodeSchema, opaqueSchema, runSchema, textSchema, uidSchema } from '../shapes.ts';

/** `shadow`: in the account only; it never shows, raises or alerts (detector in shadow, or a version that is not released). */
export const runRecordedSchema = z
  .object({
    run: runSchema,
    shadow: z.boolean(),
    resultKey: opaqueSchema.describe('opaque form of resultId for logs and pages'),
  })
  .meta({ id: 'RunRecorded' });

export const runWithdrawnSchema = z
  .object({ resultId: z.string().max(128), studyInstanceUid: uidSchema, reason: textSchema.nullable() })
  .meta({ id: 'RunWithdrawn' });

const awaited = {
  studyInstanceUid: uidSchema,
  studyVersion: z.number().int().positive(),
  detector: z.string().max(64),
  findings: z.array(findingCodeSchema),
  dueAt: epochMsSchema,
};

/** A detector of the registry applies to the settled study; its run is due at `dueAt`. Derived. */
export const runExpectedSchema = z.object(awaited).meta({ id: 'RunExpected' });
/** The expected run had not come at `dueAt`. Derived from a stored due time. */
export const runOverdueSchema = z.object(awaited).meta({ id: 'RunOverdue' });
