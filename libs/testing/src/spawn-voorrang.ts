import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithThisProcess } from './infra/child.ts';
import { waitUntil } from './wait-until.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** The product as a child process, as its users start it. */
export type VoorrangProcess = {
  readonly pid: number;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  /** The last part of standard error (the log), for the message of a failing test. */
  readonly log: string;
  readonly running: boolean;
  /** First line that matches, already printed or still to come; rejects when the process ends before, or after the deadline. */
  line(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>;
  /** Resolves at the line that begins with `ready`. */
  ready(deadlineMs?: number): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill9(): Promise<void>;
  /** SIGTERM as an operator would; resolves with the exit code. Killed when it does not end within the grace time. */
  stop(graceMs?: number): Promise<number | null>;
  /** Resolves with the exit code, `null` after a signal. */
  readonly exited: Promise<number | null>;
};

/**
 * Starts `voorrang <args>`, with `under` as the command line of a program that it runs under (`unshare`, `prlimit`) and that becomes it. Only the environment that is given, `PATH`, `HOME` and the like reach it: `VOORRANG_` settings of the
 * surrounding shell do not.
 */
export function spawnVoorrang(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  under: readonly string[] = [],
): VoorrangProcess {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VOORRANG_')));
  delete inherited.NODE_OPTIONS;
  const [program = process.execPath, ...rest] = [...under, process.execPath, 'app/src/main.ts', ...args];
  const child = spawn(program, rest, {
    cwd: repository,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithThisProcess(child);
  const lines: string[] = [];
  let log = '';
  let running = true;
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-64_000);
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      running = false;
      resolve(code);
    });
    child.once('error', () => {
      running = false;
      resolve(null);
    });
  });

  const line = async (pattern: RegExp, deadlineMs = 30_000): Promise<RegExpExecArray> => {
    const found = await waitUntil(
      () => {
        const match = lines.map((each) => pattern.exec(each)).find((each) => each !== null);
        return match ?? (running ? undefined : 'ended');
      },
      { deadlineMs, what: `a line like ${pattern} of voorrang ${args.join(' ')}` },
    ).catch((error: unknown) => Promise.reject(new Error(`${(error as Error).message}\n${log.slice(-4_000)}`)));
    if (found === 'ended') throw new Error(`voorrang ${args.join(' ')} ended before ${pattern}:\n${log.slice(-4_000)}`);
    return found;
  };
  return {
    pid: child.pid ?? -1,
    lines,
    get log() {
      return log;
    },
    get running() {
      return running;
    },
    line,
    ready: async (deadlineMs) => void (await line(/^ready/, deadlineMs)),
    kill9: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async (graceMs = 15_000) => {
      if (!running) return await exited;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
    exited,
  };
}
