import { detectorStates, findingCodeSchema, siteSchema } from '@voorrang/contracts';
import { z } from 'zod';
import { orderingFactSchema } from '../facts.ts';
import type { Detector, OrderingFacts } from '../protocol.ts';
import { bilingualSchema, conditionSchema, durationSchema, idSchema, nameSchema, sourceSchema } from './common.ts';

export const detectorsFileSchema = z.strictObject({
  detectors: z.array(
    z.strictObject({
      id: idSchema,
      name: nameSchema,
      vendor: nameSchema,
      releasedVersions: z.array(z.string().min(1).max(64)),
      state: z.enum(detectorStates),
      sites: z.array(siteSchema).min(1),
      findings: z.array(findingCodeSchema).min(1),
      appliesTo: conditionSchema<OrderingFacts>(orderingFactSchema),
      expectedWithin: durationSchema,
      label: bilingualSchema,
      source: sourceSchema,
    }),
  ),
});

export const detectorsOf = ({ detectors }: z.output<typeof detectorsFileSchema>): readonly Detector[] =>
  detectors.map(({ expectedWithin, ...rest }) => ({ ...rest, expectedWithinMs: expectedWithin }));
