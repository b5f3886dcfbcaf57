/** Each command takes its arguments and resolves with the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

/** Loaded when called: checking a journal needs nothing of the five services. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).start,
  demo: async () => (await import('./demo.ts')).demo,
  rebuild: async () => (await import('./rebuild.ts')).rebuild,
  journal: async () => (await import('./journal.ts')).journal,
  policy: async () => (await import('./policy.ts')).policy,
};
