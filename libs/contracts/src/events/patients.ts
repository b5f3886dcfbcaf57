import { z } from 'zod';
import { patientSchema, textSchema, visitSchema } from '../shapes.ts';

export const patientUpdatedSchema = z.object({ patient: patientSchema }).meta({ id: 'PatientUpdated' });

const patientIdSchema = z.object({ id: textSchema, authority: textSchema });

/** ADT^A37, or an operator, who is then named with the reason: `prior` stands for itself again, if `survivor` is whom its pointer names. Undoes exactly one merge. */
export const patientUnmergedSchema = z
  .object({
    survivor: patientIdSchema,
    prior: patientIdSchema,
    by: z.string().max(128).optional(),
    reason: textSchema.optional(),
  })
  .meta({ id: 'PatientUnmerged' });

/** ADT^A40, A18, A47: `prior` (MRG-1) is now known as `survivor` (PID-3). One pointer changes; nothing is keyed by the patient. */
export const patientMergedSchema = z
  .object({ survivor: patientSchema, prior: patientIdSchema })
  .meta({ id: 'PatientMerged' });

export const visitChangedSchema = z
  .object({ patient: patientIdSchema, visit: visitSchema, discharged: z.boolean() })
  .meta({ id: 'VisitChanged' });
