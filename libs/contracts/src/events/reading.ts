import { z } from 'zod';
import { epochMsSchema, findingCodeSchema, textSchema, uidSchema, urgencyClassSchema } from '../shapes.ts';

const study = { studyInstanceUid: uidSchema };
/** Account name of a person, never a patient. */
const person = z.string().min(1).max(128);

/** `fence` grows with every claim of the study: a holder with an older one has lost it. */
export const studyClaimedSchema = z
  .object({ ...study, by: person, until: epochMsSchema, fence: z.number().int().positive() })
  .meta({ id: 'StudyClaimed' });
export const studyReleasedSchema = z
  .object({ ...study, by: person, fence: z.number().int().positive() })
  .meta({ id: 'StudyReleased' });
/** A person raises, upwards only. `class: null` undoes the same person's earlier raise. */
export const studyRaisedSchema = z
  .object({ ...study, by: person, reason: textSchema, class: urgencyClassSchema.nullable() })
  .meta({ id: 'StudyRaised' });
/** `until: null` ends the hold. A hold is shown; it never moves the study. */
export const studyHeldSchema = z
  .object({ ...study, by: person, reason: textSchema, until: epochMsSchema.nullable() })
  .meta({ id: 'StudyHeld' });
export const studyReadSchema = z.object({ ...study, by: person }).meta({ id: 'StudyRead' });
export const verdictGivenSchema = z
  .object({
    ...study,
    resultId: z.string().max(128),
    finding: findingCodeSchema,
    verdict: z.enum(['agree', 'disagree', 'doubt', 'known']),
    by: person,
  })
  .meta({ id: 'VerdictGiven' });
