/** The part of Jest's JSON result that is read. */
export type JestResult = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Test files that could not be run at all. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

export type Summary = { readonly ok: boolean; readonly lines: readonly string[]; readonly closing: string };

/**
 * What a run comes to. A test file that does not load counts as one failure, and so does a run without a result: nothing that did not run may
 * look like a pass. Skipped tests are named with their reason.
 */
export function summarise(result: JestResult | undefined, exitCode: number): Summary {
  if (result === undefined) return closing(['the test runner gave no result'], 0, 1, 0);
  const skipped = result.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'pending' || status === 'todo')
    .map(({ fullName }) => `skipped: ${fullName}`);
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const unexplained = failed === 0 && exitCode !== 0;
  const lines = unexplained ? [...skipped, `the test runner ended with code ${exitCode}`] : skipped;
  return closing(
    lines,
    result.numPassedTests,
    failed + (unexplained ? 1 : 0),
    result.numPendingTests + result.numTodoTests,
  );
}

const closing = (lines: readonly string[], passed: number, failed: number, skipped: number): Summary => ({
  ok: failed === 0,
  lines,
  closing: `${passed} passed, ${failed} failed, ${skipped} skipped`,
});
