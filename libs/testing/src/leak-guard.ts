import { livingChildren } from './infra/child.ts';
import { waitUntil } from './wait-until.ts';

/** What keeps a process alive: sockets, servers, timers, workers. Pipes and terminals of the test runner are not counted. */
const countOpen = (): number =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => !/^(PipeWrap|TTYWrap|Immediate|FSReqPromise|FSReqCallback)$/.test(kind)).length;

export type LeakGuard = {
  /** Resolves when as much is open as at the start, at most; rejects naming what is left after the deadline. */
  check(deadlineMs?: number): Promise<void>;
};

/** Counts open handles and child processes; made before and checked after the code under test. */
export function leakGuard(): LeakGuard {
  const open = countOpen();
  const children = livingChildren();
  return {
    check: async (deadlineMs = 2_000) => {
      const clean = (): boolean => countOpen() <= open && livingChildren() <= children;
      await waitUntil(clean, { deadlineMs, everyMs: 5 }).catch(() => {
        const kinds = process.getActiveResourcesInfo().join(', ');
        throw new Error(
          `left open: ${countOpen() - open} handles (of ${kinds}), ${livingChildren() - children} processes`,
        );
      });
    },
  };
}
