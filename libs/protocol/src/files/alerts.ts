import { severitySchema } from '@voorrang/contracts';
import { z } from 'zod';
import { findingFactSchema } from '../facts.ts';
import type { AlertPolicy, FindingFacts, TeamPolicy } from '../protocol.ts';
import { conditionSchema, durationSchema, idSchema, sourceSchema, teamSchema } from './common.ts';

export const channelKindSchema = z.enum(['webhook', 'ntfy', 'sms', 'voice']);
const channelsSchema = z.array(channelKindSchema).min(1);

const teamPolicySchema = z
  .strictObject({
    pageWord: teamSchema,
    maximumAge: durationSchema,
    source: sourceSchema,
    steps: z
      .array(z.strictObject({ after: durationSchema, roles: z.array(idSchema), channels: channelsSchema }))
      .min(1),
    fallback: z.strictObject({ after: durationSchema, person: idSchema, channels: channelsSchema }),
  })
  .refine(({ steps }) => steps.every(({ after }, i) => i === 0 || after > (steps[i - 1]?.after ?? 0)), {
    message: 'each step must come after the one before',
    path: ['steps'],
  })
  .refine(({ steps, fallback }) => fallback.after > (steps.at(-1)?.after ?? 0), {
    message: 'the fallback must come after the last step',
    path: ['fallback', 'after'],
  });

export const alertsFileSchema = z.strictObject({
  strokeCodeTeam: teamSchema,
  episode: durationSchema,
  routes: z.array(
    z.strictObject({
      id: idSchema,
      when: conditionSchema<FindingFacts>(findingFactSchema),
      team: teamSchema,
      severity: severitySchema,
      effect: z.enum(['page', 'fill-in']),
      source: sourceSchema,
    }),
  ),
  teams: z.record(teamSchema, teamPolicySchema),
});

export const alertPolicyOf = (file: z.output<typeof alertsFileSchema>): AlertPolicy => ({
  routes: file.routes,
  teams: Object.fromEntries(Object.entries(file.teams).map(([team, policy]) => [team, teamOf(team, policy)])),
  strokeCodeTeam: file.strokeCodeTeam,
  episodeMs: file.episode,
});

const teamOf = (team: string, policy: z.output<typeof teamPolicySchema>): TeamPolicy => ({
  team,
  pageWord: policy.pageWord,
  steps: policy.steps.map(({ after, ...step }) => ({ ...step, afterMs: after })),
  fallback: { ...policy.fallback, afterMs: policy.fallback.after },
  maximumAgeMs: policy.maximumAge,
});
