import { siteSchema } from '@voorrang/contracts';
import type { FactSchema } from '@voorrang/rules';
import { z } from 'zod';
import type { SeriesFacts, SettlingFacts, SettlingRule } from '../protocol.ts';
import type { Path } from '../read-yaml.ts';
import { conditionSchema, durationSchema, idSchema, nameSchema, sourceSchema } from './common.ts';

/** What the condition of a rule may name: the shape of `SettlingFacts`. */
const settlingFactSchema = {
  study: { modalities: 'list<string>', bodyParts: 'list<string>', description: 'string' },
} as const satisfies FactSchema;

/** What the condition of a required series may name: the shape of `SeriesFacts`. */
const seriesFactSchema = {
  ...settlingFactSchema,
  series: {
    modality: 'string',
    description: 'string',
    protocol: 'string',
    bodyPart: 'string',
    kernel: 'string',
    sliceThicknessMm: 'double',
    contrast: 'bool',
    instances: 'double',
  },
} as const satisfies FactSchema;

export const settlingFileName = 'settling.yaml';

export const settlingFileSchema = z.strictObject({
  rules: z.array(
    z.strictObject({
      id: idSchema,
      sites: z.array(siteSchema).min(1),
      when: conditionSchema<SettlingFacts>(settlingFactSchema),
      series: z
        .array(
          z.strictObject({
            name: nameSchema,
            when: conditionSchema<SeriesFacts>(seriesFactSchema),
            minimumInstances: z.number().int().min(1).max(100_000).default(1),
          }),
        )
        .min(1),
      quiet: durationSchema,
      source: sourceSchema,
    }),
  ),
});

export const settlingOf = ({ rules }: z.output<typeof settlingFileSchema>): readonly SettlingRule[] =>
  rules.map(({ quiet, ...rule }) => ({ ...rule, quietMs: quiet }));

type SettlingProblem = { readonly file: string; readonly path: Path; readonly message: string };
type RawRule = { readonly id?: unknown; readonly sites?: unknown };

/** Mistakes that show only between rules, or between this file and `sites.yaml`; on the raw data of both. */
export function settlingProblems(file: unknown, sites: ReadonlySet<string> | undefined): readonly SettlingProblem[] {
  const rules = (file as { rules?: unknown } | null | undefined)?.rules;
  const seen = new Set<unknown>();
  const problems: SettlingProblem[] = [];
  const tell = (path: Path, message: string) => problems.push({ file: settlingFileName, path, message });
  for (const [index, raw] of (Array.isArray(rules) ? rules : []).entries()) {
    const { id, sites: at } = (raw ?? {}) as RawRule;
    if (typeof id === 'string' && seen.has(id)) tell(['rules', index, 'id'], `'${id}' is used twice`);
    seen.add(id);
    for (const [i, site] of (Array.isArray(at) ? at : []).entries())
      if (typeof site === 'string' && sites !== undefined && !sites.has(site))
        tell(['rules', index, 'sites', i], `no site '${site}' in sites.yaml`);
  }
  return problems;
}
