import type { HealthPart } from '@voorrang/platform';
import type { Notifier } from './ports.ts';

/**
 * Alerts that wait for a human while a step of theirs reached nobody: no one on call, or no address that is configured. It is shown in the health of the
 * service and never makes it red: a service that is taken out of the balancer could not be told of the acknowledgement either.
 */
export class UnreachedSteps {
  readonly #notifier: Notifier;
  readonly #alerts = new Set<string>();

  constructor(notifier: Notifier) {
    this.#notifier = notifier;
  }

  /** What was left when the service stopped. */
  async load(): Promise<void> {
    const rows = await this.#notifier.database.query
      .selectFrom('notifier_alert as alert')
      .innerJoin('notifier_step as step', 'step.alert_id', 'alert.alert_id')
      .select('alert.alert_id')
      .distinct()
      .where('alert.state', 'in', ['open', 'fallback-reached'])
      .where('step.state', '=', 'skipped')
      .execute();
    for (const { alert_id } of rows) this.#alerts.add(alert_id);
  }

  note(alert: { readonly id: string; readonly site: string; readonly team: string; readonly step: number }): void {
    const { id, site, team, step } = alert;
    this.#alerts.add(id);
    this.#notifier.metrics
      .counter('voorrang_alert_unreachable_steps_total', 'Steps of alerts that reached nobody.', ['site', 'team'])
      .inc({ site, team });
    this.#notifier.logger.error('a step of an alert reaches nobody', undefined, { alert: id, step, team });
  }

  /** Forgets alerts that nobody has to act on any more. */
  async refresh(): Promise<void> {
    if (this.#alerts.size === 0) return;
    const rows = await this.#notifier.database.query
      .selectFrom('notifier_alert')
      .select('alert_id')
      .where('alert_id', 'in', [...this.#alerts])
      .where('state', 'in', ['open', 'fallback-reached'])
      .execute();
    const open = new Set(rows.map(({ alert_id }) => alert_id));
    for (const id of this.#alerts) if (!open.has(id)) this.#alerts.delete(id);
  }

  get health(): HealthPart {
    const { size } = this.#alerts;
    return { ok: true, detail: size === 0 ? 'all steps' : `${size} open alerts with a step that reached nobody` };
  }
}
