import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { InfrastructureKind } from './infrastructure.ts';
import { type Infrastructure, infrastructureRequired, type RunningInfrastructure } from './infrastructure.ts';
import { findSource, startInfrastructure } from './start.ts';

/**
 * A `describe` for tests that need servers: `describeWith('Redis store', [await sharedRedis()], ([redis]) => { ... })`.
 * Where one is absent its tests are skipped with the reason, or fail when infrastructure is required.
 */
export function describeWith<const T extends readonly Infrastructure[]>(
  title: string,
  found: T,
  body: (running: { readonly [K in keyof T]: RunningInfrastructure }) => void,
): void {
  const reasons = found.flatMap((each) => (each.how === 'absent' ? [`${each.kind}: ${each.reason}`] : []));
  if (reasons.length === 0) describe(title, () => body(found as { [K in keyof T]: RunningInfrastructure }));
  else leaveOut(title, reasons);
}

/**
 * The same with servers of its own, which the tests may kill, pause and restart. They start before the first test and end after the last:
 * `await describeWithOwn('Kafka faults', ['kafka'], (server) => { test(..., async () => server('kafka').kill9()) })`.
 */
export async function describeWithOwn(
  title: string,
  kinds: readonly InfrastructureKind[],
  body: (server: (kind: InfrastructureKind) => RunningInfrastructure) => void,
): Promise<void> {
  const reasons: string[] = [];
  for (const kind of kinds) {
    const source = await findSource(kind);
    if (source.how === 'absent') reasons.push(`${kind}: ${source.reason}`);
    if (source.how === 'given') reasons.push(`${kind}: the given server is not ours to kill`);
  }
  if (reasons.length > 0) return leaveOut(title, reasons);
  describe(title, () => {
    const running = new Map<InfrastructureKind, RunningInfrastructure>();
    beforeAll(async () => {
      for (const kind of kinds) {
        const started = await startInfrastructure(kind);
        if (started.how !== 'absent') running.set(kind, started);
      }
    }, 120_000);
    afterAll(async () => {
      for (const server of running.values()) await server.stop();
    }, 60_000);
    body((kind) => {
      const server = running.get(kind);
      if (server === undefined) throw new Error(`${kind} is not running`);
      return server;
    });
  });
}

function leaveOut(title: string, reasons: readonly string[]): void {
  const why = reasons.join('; ');
  if (infrastructureRequired()) {
    test(`${title}: the required infrastructure is there`, () => {
      throw new Error(why);
    });
  } else {
    test.skip(`${title} (skipped: ${why})`, () => {});
  }
}
