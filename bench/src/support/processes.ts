import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '@voorrang/testing/infrastructure';

/** Something that receives, in a process of its own. */
export type Receiver = {
  readonly name: string;
  readonly ports: readonly number[];
  readonly pid: number;
  stop(): Promise<void>;
};

/** What a process has used so far. */
export type Usage = { readonly cpuMs: number; readonly peakBytes: number };

/** Processor time with that of children that have ended, and the peak of resident memory (proc(5)). */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // utime, stime, cutime and cstime are fields 14 to 17, in ticks of 10 ms; the name in field 2 may hold blanks
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { cpuMs: ticks * 10, peakBytes: Number(peak) * 1024 };
}

/** Starts a program of ours that prints its ports on the first line of its output. */
export async function startOurs(
  name: string,
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Receiver> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  living.add(child);
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return receiverOf(name, child, line.split(' ').map(Number));
}

/** Starts somebody else's program and waits until its port is open. */
export async function startTheirs(
  name: string,
  command: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Receiver> {
  const child = spawn(command, [...args], { env: { ...process.env, ...env }, stdio: 'ignore' });
  living.add(child);
  await waitUntil(() => isOpen(port), { deadlineMs: 30_000, everyMs: 20, what: `${name} on its port` });
  return receiverOf(name, child, [port]);
}

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

function receiverOf(name: string, child: ChildProcess, ports: readonly number[]): Receiver {
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      living.delete(child);
      resolve();
    }),
  );
  return {
    name,
    ports,
    pid: child.pid ?? -1,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
