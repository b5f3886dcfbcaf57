/** Waits for progress: looks every few milliseconds until `check` holds. Rejects with what was awaited when `deadlineMs` passes first. */
export async function eventually(what: string, check: () => boolean, deadlineMs: number): Promise<void> {
  const until = Date.now() + deadlineMs;
  while (!check()) {
    if (Date.now() > until) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
