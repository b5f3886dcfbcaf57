import type { EpochMs } from '@voorrang/kernel';
import type { ChannelKind, EscalationStep, TeamPolicy } from '@voorrang/protocol';

/** The part of a team's policy that an alert keeps for its life. */
export type LadderPolicy = Pick<TeamPolicy, 'steps' | 'fallback'>;

export type PlannedStep = {
  readonly index: number;
  readonly kind: 'step' | 'person' | 'fallback';
  readonly dueAt: EpochMs;
  readonly roles: readonly string[];
  readonly person: string | null;
  readonly channels: readonly ChannelKind[];
};

/** The ladder from `now`; the last step is always the fallback. `firstIndex` follows the steps that an alert opened again already had. */
export function planSteps(policy: LadderPolicy, now: EpochMs, firstIndex = 0): readonly PlannedStep[] {
  const ordered = policy.steps.toSorted((a, b) => a.afterMs - b.afterMs);
  return withFallback(
    ordered.map((step, i) => plan(step, now, firstIndex + i)),
    policy,
    now,
    firstIndex,
  );
}

/** A hand-over: the named person first, then the ladder as it would go on if that person stays silent. */
export function planHandOver(
  policy: LadderPolicy,
  person: string,
  now: EpochMs,
  firstIndex: number,
): readonly PlannedStep[] {
  const channels = [...new Set(policy.steps.flatMap((step) => step.channels))];
  const toPerson: PlannedStep = { index: firstIndex, kind: 'person', dueAt: now, roles: [], person, channels };
  const rest = policy.steps
    .filter(({ afterMs }) => afterMs > 0)
    .toSorted((a, b) => a.afterMs - b.afterMs)
    .map((step, i) => plan(step, now, firstIndex + 1 + i));
  return withFallback([toPerson, ...rest], policy, now, firstIndex);
}

const plan = (step: EscalationStep, now: EpochMs, index: number): PlannedStep => ({
  index,
  kind: 'step',
  dueAt: now + step.afterMs,
  roles: step.roles,
  person: null,
  channels: step.channels,
});

const withFallback = (
  steps: readonly PlannedStep[],
  { fallback }: LadderPolicy,
  now: EpochMs,
  firstIndex: number,
): readonly PlannedStep[] => [
  ...steps,
  {
    index: firstIndex + steps.length,
    kind: 'fallback',
    dueAt: now + fallback.afterMs,
    roles: [],
    person: fallback.person,
    channels: fallback.channels,
  },
];
