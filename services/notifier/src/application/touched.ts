import { type KnownEvent, topicOf } from '@voorrang/contracts';

type Cause = { readonly weight: number; readonly traceparent: string | undefined };

/** The studies that a batch of facts touched, each with the fact most worth following: a positive run, then any run, any result, anything with a trace. */
export class Touched {
  readonly causes = new Map<string, Cause>();
  /** Those whose patient, visit or orders may be other ones now. */
  readonly links = new Set<string>();

  add(study: string, event: KnownEvent): void {
    const before = this.causes.get(study);
    const cause = causeOf(event);
    if (before === undefined || before.weight < cause.weight) this.causes.set(study, cause);
  }

  relink(study: string, event: KnownEvent | undefined): void {
    this.links.add(study);
    if (event !== undefined) this.add(study, event);
  }
}

function causeOf(event: KnownEvent): Cause {
  const { traceparent } = event;
  if (traceparent === undefined) return { weight: 0, traceparent };
  if (event.type !== 'run.recorded') return { weight: topicOf(event.type) === 'results' ? 2 : 1, traceparent };
  const isPositive = event.data.run.findings.some(({ outcome }) => outcome === 'positive');
  return { weight: isPositive ? 4 : 3, traceparent };
}
