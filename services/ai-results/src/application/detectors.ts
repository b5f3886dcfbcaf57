import { hours } from '@voorrang/kernel';
import type { DetectorState } from '../domain/registry.ts';
import { type Deps, eventOf } from './deps.ts';

/** Changes the state of a detector at the given sites: one event and one row each, durable together. */
export async function changeDetectorState(
  deps: Deps,
  change: {
    readonly detector: string;
    readonly sites: readonly string[];
    readonly state: DetectorState;
    readonly reason: string;
    readonly by: string;
  },
): Promise<void> {
  const { detector, sites, state, reason, by } = change;
  const at = deps.clock.now();
  await deps.store.transaction(async (tx) => {
    for (const site of sites) {
      await tx.setDetectorState({ site, detector, state, reason, by, at });
      const data = { detector, state, reason, by };
      await tx.append([eventOf(deps, 'detector.state-changed', site, deps.keys.of('site', site), data)], at);
    }
  });
  deps.committed();
  deps.logger.info('detector state changed', { detector, state, sites: [...sites] });
}

/** One detector at one site, with its state in force and the figures of the last day. */
export type DetectorStatus = {
  readonly id: string;
  readonly site: string;
  readonly state: DetectorState;
  readonly reason: string | null;
  readonly changedBy: string | null;
  readonly changedAt: number | null;
  readonly health: {
    readonly lastRunAt: number | null;
    readonly runsLastDay: number;
    readonly failedLastDay: number;
    readonly waiting: number;
    readonly overdueLastDay: number;
  };
};

export async function detectorStatuses({ store, clock, registry }: Deps): Promise<readonly DetectorStatus[]> {
  const [changes, figures] = await Promise.all([store.detectorChanges(), store.figures(clock.now() - hours(24))]);
  return registry.flatMap((detector) =>
    detector.sites.map((site) => {
      const change = changes.find((each) => each.site === site && each.detector === detector.id);
      const of = figures.find((each) => each.site === site && each.detector === detector.id);
      return {
        id: detector.id,
        site,
        state: change?.state ?? detector.state,
        reason: change?.reason ?? null,
        changedBy: change?.by ?? null,
        changedAt: change?.at ?? null,
        health: {
          lastRunAt: of?.lastRunAt ?? null,
          runsLastDay: of?.runs ?? 0,
          failedLastDay: of?.failed ?? 0,
          waiting: of?.waiting ?? 0,
          overdueLastDay: of?.overdue ?? 0,
        },
      };
    }),
  );
}
