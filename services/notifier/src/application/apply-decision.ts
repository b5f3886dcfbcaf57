import { assertNever, type EpochMs, VoorrangError } from '@voorrang/kernel';
import type { TeamPolicy } from '@voorrang/protocol';
import {
  addContributions,
  alertRow,
  contributionsOf,
  insertSteps,
  stopEscalation,
  tell,
  updateAlert,
} from '../adapters/sql/alert-store.ts';
import { jsonOf } from '../adapters/sql/rows.ts';
import type { AlertTable } from '../adapters/sql/schema.ts';
import { type AlertFacts, type AlertFinding, type Contribution, strongest } from '../domain/alert.ts';
import { alertFindings } from '../domain/alert-findings.ts';
import type { Decision } from '../domain/decide-alert.ts';
import { type LadderPolicy, planSteps } from '../domain/plan-steps.ts';
import type { Work } from './ports.ts';
import { reachedBy, tellPaged } from './tell-paged.ts';

/** What surrounds a team's alert at this moment. */
export type EpisodeView = {
  readonly site: string;
  readonly episode: string;
  readonly shown: readonly AlertFinding[];
  readonly absent: readonly AlertFinding[];
  readonly imagesCompleteAt: ReadonlyMap<string, EpochMs | null>;
};

/** Writes a decision: alert, findings, steps, pages that are due, and what the log is told. */
export async function applyDecision(
  work: Work,
  team: TeamPolicy,
  view: EpisodeView,
  decision: Decision,
  history: readonly AlertFacts[],
): Promise<void> {
  for (const alert of history) await recall(work, view, alert.id, 'no positive finding is left');
  switch (decision.kind) {
    case 'none':
      return;
    case 'refresh':
      return refresh(work, view, decision.survivor.id, 'findings changed');
    case 'raise':
    case 'expire':
      return raise(work, team, view, decision);
    case 'recall':
      for (const other of decision.superseded) await supersede(work, other.id, decision.survivor.id);
      return recall(work, view, decision.survivor.id, 'no positive finding is left');
    case 'keep':
      return keep(work, team, view, decision);
    default:
      return assertNever(decision);
  }
}

async function raise(
  work: Work,
  team: TeamPolicy,
  view: EpisodeView,
  { kind, contributions }: Extract<Decision, { kind: 'raise' | 'expire' }>,
): Promise<void> {
  const { trx, now, keys } = work;
  const [first] = contributions.toSorted((a, b) => a.receivedAt - b.receivedAt);
  if (first === undefined) throw new VoorrangError('VRG_INTERNAL', 'an alert without a finding');
  const policy: LadderPolicy = { steps: team.steps, fallback: team.fallback };
  const steps = planSteps(policy, now);
  const subject = [view.site, team.team, first.studyId, first.resultId, first.finding];
  const alertId = await unusedId(work, (generation) => keys.of('alert', ...subject, String(generation)));
  const findings = alertFindings(contributions, view.shown, view.absent);
  const row: AlertTable = {
    alert_id: alertId,
    site: view.site,
    team: team.team,
    page_word: team.pageWord,
    state: kind === 'raise' ? 'open' : 'closed',
    severity: strongest(contributions.map((c) => c.routeSeverity)),
    episode: view.episode,
    studies_json: JSON.stringify(studiesOf(findings)),
    findings_json: JSON.stringify(findings),
    policy_json: JSON.stringify(policy),
    raised_at: now,
    run_received_at: first.receivedAt,
    images_complete_at: view.imagesCompleteAt.get(first.studyId) ?? null,
    first_page_accepted_at: null,
    acknowledged_at: null,
    acknowledged_by: null,
    handed_to: null,
    fallback_at: now + team.fallback.afterMs,
    superseded_by: null,
    closed_reason: kind === 'raise' ? null : 'expired',
    revision: 1,
  };
  await trx.insertInto('notifier_alert').values(row).execute();
  await addContributions(trx, team.team, alertId, contributions);
  if (kind === 'expire')
    return tell(work, row, 'alert.closed', { reason: 'older than the maximum age when first seen' });
  await insertSteps(work, alertId, steps);
  tell(work, row, 'alert.raised', { steps: steps.map(({ index, dueAt }) => ({ index, dueAt })) });
}

/** A finding may be raised, recalled and raised again any number of times; the first id that no alert has. */
async function unusedId({ trx }: Work, idOf: (generation: number) => string): Promise<string> {
  for (let generation = 0; ; generation += 1) {
    const id = idOf(generation);
    if ((await alertRow(trx, id)) === undefined) return id;
  }
}

async function keep(
  work: Work,
  team: TeamPolicy,
  view: EpisodeView,
  decision: Extract<Decision, { kind: 'keep' }>,
): Promise<void> {
  const { survivor, superseded, added, change, acknowledgedIn, tellLost } = decision;
  await addContributions(work.trx, team.team, survivor.id, added);
  for (const other of superseded) await supersede(work, other.id, survivor.id);
  await refresh(work, view, survivor.id, reasonOf(decision));
  if (change === 'reopen') await reopen(work, survivor.id);
  if (acknowledgedIn !== undefined) await takeOver(work, survivor.id, acknowledgedIn.id);
  if (tellLost) await tellUpdate(work, survivor.id);
}

const reasonOf = ({ superseded, added, change }: Extract<Decision, { kind: 'keep' }>): string => {
  if (change === 'reopen') return 'a new finding after the acknowledgement';
  if (superseded.length > 0) return 'alerts of one episode came together';
  return added.length > 0 ? 'a finding filled in' : 'a finding was taken back';
};

/** Shows what is known now; nothing is written or told when nothing changed. */
async function refresh(work: Work, view: EpisodeView, alertId: string, reason: string): Promise<void> {
  const { trx } = work;
  const row = await alertRow(trx, alertId);
  if (row === undefined) return;
  const contributions = (await contributionsOf(trx, [alertId])).get(alertId) ?? [];
  const findings = alertFindings(contributions, view.shown, view.absent);
  const change = {
    findings_json: JSON.stringify(findings),
    studies_json: JSON.stringify(studiesOf(findings)),
    severity: severityOf(contributions, row),
    images_complete_at: row.images_complete_at ?? completeAt(contributions, view),
    episode: view.episode,
  };
  const isSame = (Object.keys(change) as (keyof typeof change)[]).every((name) => change[name] === row[name]);
  if (isSame) return;
  tell(work, await updateAlert(trx, row, change), 'alert.updated', { reason });
}

const severityOf = (contributions: readonly Contribution[], row: AlertTable): string => {
  const live = contributions.filter(({ state }) => state === 'live');
  return live.length === 0 ? row.severity : strongest(live.map((c) => c.routeSeverity));
};

const completeAt = (contributions: readonly Contribution[], view: EpisodeView): EpochMs | null => {
  const [first] = contributions;
  return first === undefined ? null : (view.imagesCompleteAt.get(first.studyId) ?? null);
};

const studiesOf = (findings: readonly AlertFinding[]): readonly string[] =>
  [...new Set(findings.map(({ studyId }) => studyId))].sort();

/** The later of two alerts ends; its people are told by the one that stays, unless that one reached them already. */
async function supersede(work: Work, alertId: string, by: string): Promise<void> {
  const { trx } = work;
  const row = await alertRow(trx, alertId);
  if (row === undefined) return;
  const except = await reachedBy(work, by);
  await stopEscalation(trx, alertId);
  await trx.updateTable('notifier_contribution').set({ alert_id: by }).where('alert_id', '=', alertId).execute();
  const ended = await updateAlert(trx, row, { state: 'superseded', superseded_by: by });
  tell(work, ended, 'alert.superseded', { by });
  await tellPaged(work, { about: by, fromAlerts: [alertId], kind: 'superseded', round: ended.revision, except });
}

async function recall(work: Work, view: EpisodeView, alertId: string, reason: string): Promise<void> {
  await refresh(work, view, alertId, 'a finding was taken back');
  const row = await alertRow(work.trx, alertId);
  if (row !== undefined) await recallAlert(work, row, reason);
}

/** Ends an alert whose finding is gone, and tells everybody who was paged for it. */
export async function recallAlert(work: Work, row: AlertTable, reason: string, by?: string): Promise<void> {
  await stopEscalation(work.trx, row.alert_id);
  const recalled = await updateAlert(work.trx, row, { state: 'recalled', closed_reason: reason });
  tell(work, recalled, 'alert.recalled', { reason, ...(by === undefined ? {} : { by }) });
  await tellPaged(work, {
    about: row.alert_id,
    fromAlerts: [row.alert_id],
    kind: 'recall',
    round: recalled.revision,
  });
}

/** The ladder begins again from the bottom, after the steps that were. */
export async function reopen(work: Work, alertId: string): Promise<void> {
  const { trx, now } = work;
  const row = await alertRow(trx, alertId);
  if (row === undefined) return;
  const policy = jsonOf<LadderPolicy>(row.policy_json);
  await stopEscalation(trx, alertId);
  await insertSteps(work, alertId, planSteps(policy, now, await nextIndex(work, alertId)));
  const change = { state: 'open' as const, acknowledged_at: null, acknowledged_by: null, handed_to: null };
  const open = await updateAlert(trx, row, { ...change, fallback_at: now + policy.fallback.afterMs });
  tell(work, open, 'alert.updated', { reason: 'opened again' });
}

export async function nextIndex({ trx }: Work, alertId: string): Promise<number> {
  const row = await trx
    .selectFrom('notifier_step')
    .select(({ fn }) => fn.max('step_index').as('last'))
    .where('alert_id', '=', alertId)
    .executeTakeFirst();
  return (row?.last ?? -1) + 1;
}

/** A human took the same findings over in the alert that ends: that holds for the one that stays. */
async function takeOver(work: Work, alertId: string, from: string): Promise<void> {
  const [row, source] = [await alertRow(work.trx, alertId), await alertRow(work.trx, from)];
  if (row === undefined || source?.acknowledged_by == null) return;
  await stopEscalation(work.trx, alertId);
  const { acknowledged_at, acknowledged_by } = source;
  const taken = await updateAlert(work.trx, row, { state: 'acknowledged', acknowledged_at, acknowledged_by });
  tell(work, taken, 'alert.acknowledged', { by: acknowledged_by, note: null });
}

async function tellUpdate(work: Work, alertId: string): Promise<void> {
  const row = await alertRow(work.trx, alertId);
  if (row === undefined) return;
  await tellPaged(work, { about: alertId, fromAlerts: [alertId], kind: 'update', round: row.revision });
}
