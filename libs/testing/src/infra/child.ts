import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A child process whose output goes to a file, so that it never blocks on a full pipe and can be shown when it fails. */
export type LoggedChild = {
  readonly pid: number;
  readonly running: boolean;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<void>;
  /** SIGTERM, and SIGKILL when it has not gone after `graceMs`. */
  end(graceMs?: number): Promise<void>;
  /** The last lines of the output. */
  tail(lines?: number): Promise<string>;
};

const living = new Set<ChildProcess>();
let watching = false;

/** Number of child processes that were started here and still run. */
export const livingChildren = (): number => living.size;

/** Children never outlive the process that started them, whatever way it ends short of SIGKILL. */
export function endWithThisProcess(child: ChildProcess): void {
  living.add(child);
  child.once('exit', () => living.delete(child));
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const left of living) {
      left.kill('SIGCONT');
      left.kill('SIGKILL');
    }
  });
}

export function spawnLogged(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { readonly logFile: string },
): LoggedChild {
  const { logFile, ...rest } = options;
  const log = openSync(logFile, 'a');
  const child = spawn(command, [...args], { ...rest, stdio: ['ignore', log, log] });
  closeSync(log);
  endWithThisProcess(child);
  let running = true;
  const exited = new Promise<void>((resolve) => {
    const gone = (): void => {
      running = false;
      resolve();
    };
    child.once('exit', gone);
    child.once('error', gone);
  });
  return {
    pid: child.pid ?? -1,
    get running() {
      return running;
    },
    signal: (name) => void child.kill(name),
    exited,
    end: async (graceMs = 10_000) => {
      if (!running) return;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
    },
    tail: async (lines = 12) => (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-lines).join('\n'),
  };
}

/**
 * Signals a process and everything below it. A stopped PostgreSQL parent alone stops nothing: its backends, each in a session of its own, go on.
 */
export async function signalTree(root: number, signal: NodeJS.Signals): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const tree = new Set([root]);
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const [pid, parent] of pairs) if (pid !== undefined && parent !== undefined && tree.has(parent)) tree.add(pid);
  }
  for (const pid of tree) {
    try {
      process.kill(pid, signal);
    } catch {
      // Already gone.
    }
  }
}
