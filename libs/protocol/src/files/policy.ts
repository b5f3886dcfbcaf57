import { urgencyClasses, urgencyClassSchema } from '@voorrang/contracts';
import { z } from 'zod';
import { findingFactSchema, orderingFactSchema } from '../facts.ts';
import type { FindingFacts, OrderingFacts, Policy } from '../protocol.ts';
import { bilingualSchema, conditionSchema, idSchema, nameSchema, sourceSchema, waitSchema } from './common.ts';

const bandSchema = z.int().min(0).max(3);

const classSchema = z
  .strictObject({ label: bilingualSchema, target: waitSchema, maximum: waitSchema, source: sourceSchema })
  .refine(
    ({ target, maximum }) => !('ms' in target && 'ms' in maximum) || target.ms <= maximum.ms,
    'the target is longer than the maximum',
  );

/** A text on a row; braces name what is filled in. */
const textNaming = (...names: readonly string[]) =>
  nameSchema.refine(
    (text) => [...text.matchAll(/\{([^}]*)\}/g)].every(([, name = '']) => names.includes(name)),
    names.length === 0 ? 'nothing is filled in here' : `only {${names.join('}, {')}} can be filled in`,
  );

const ruleSchema = <When extends z.ZodType>(when: When, ...names: readonly string[]) =>
  z.strictObject({
    id: idSchema,
    when,
    class: urgencyClassSchema,
    band: bandSchema,
    code: idSchema,
    text: z.strictObject({ en: textNaming(...names), nl: textNaming(...names) }),
    source: sourceSchema,
  });

const perClass = <Schema extends z.ZodType>(schema: Schema) => {
  const [acute, emergency, urgent, routine] = urgencyClasses;
  return z.strictObject({ [acute]: schema, [emergency]: schema, [urgent]: schema, [routine]: schema });
};

export const policyFileSchema = z.strictObject({
  label: bilingualSchema,
  classes: perClass(classSchema),
  baseRules: z.array(ruleSchema(conditionSchema<OrderingFacts>(orderingFactSchema))).min(1),
  aiRules: z.array(ruleSchema(conditionSchema<FindingFacts>(findingFactSchema), 'finding', 'detector')),
  unscored: z.strictObject({
    class: urgencyClassSchema,
    band: bandSchema,
    code: idSchema,
    text: bilingualSchema,
    source: sourceSchema,
  }),
  personBands: perClass(bandSchema),
});

export function policyOf({ classes, ...rest }: z.output<typeof policyFileSchema>): Policy {
  return {
    ...rest,
    classes: {
      acute: { class: 'acute', ...classes.acute },
      emergency: { class: 'emergency', ...classes.emergency },
      urgent: { class: 'urgent', ...classes.urgent },
      routine: { class: 'routine', ...classes.routine },
    },
  };
}
