import { demo } from './demo.ts';
import { journal } from './journal.ts';
import { policy } from './policy.ts';
import { rebuild } from './rebuild.ts';
import { start } from './start.ts';

/** Each command takes its arguments and resolves with the exit code. */
export type Command = (args: readonly string[]) => Promise<number>;

export const commands: Readonly<Record<string, Command>> = { start, demo, rebuild, journal, policy };
