import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { tempDirectory } from '../temp-directory.ts';
import { type LoggedChild, signalTree, spawnLogged } from './child.ts';
import type { InfrastructureKind, RunningInfrastructure } from './infrastructure.ts';

export type LaunchSpec = {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** User to run as, for programs that refuse root. */
  readonly user?: { readonly uid: number; readonly gid: number };
};

export type LocalProgram = {
  readonly kind: InfrastructureKind;
  readonly detail: string;
  /** Writes configuration and data for the given ports into the fresh directory; called once per try of a port. */
  readonly prepare: (directory: string, ports: readonly number[]) => Promise<void>;
  readonly ports: number;
  readonly launch: (directory: string, ports: readonly number[]) => LaunchSpec;
  readonly address: (ports: readonly number[]) => string;
  /** Whether the server answers its own protocol. May reject: that is "not yet". */
  readonly answers: (ports: readonly number[]) => Promise<boolean>;
  readonly readyWithinMs: number;
};

/** Starts a program of this machine on free loopback ports with data of its own, and waits until it answers. */
export async function startLocalServer(program: LocalProgram): Promise<RunningInfrastructure> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(program);
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function startOnce(program: LocalProgram): Promise<RunningInfrastructure> {
  const directory = await tempDirectory(`voorrang-${program.kind}-`);
  const ports: number[] = [];
  for (let count = 0; count < program.ports; count += 1) ports.push(await freePort());
  let child: LoggedChild | undefined;

  const launch = async (): Promise<void> => {
    const { command, args, env, user } = program.launch(directory.path, ports);
    child = spawnLogged(command, args, {
      ...user,
      cwd: directory.path,
      env: { ...process.env, ...env },
      logFile: `${directory.path}/output.log`,
    });
    await answering(program, child, ports);
  };
  const kill9 = async (): Promise<void> => {
    if (child?.running) await signalTree(child.pid, 'SIGKILL');
    await child?.exited;
  };
  const stop = async (): Promise<void> => {
    if (child?.running) await signalTree(child.pid, 'SIGCONT');
    await child?.end();
    await directory.remove();
  };

  try {
    await program.prepare(directory.path, ports);
    await launch();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kind: program.kind,
    how: 'local',
    address: program.address(ports),
    detail: program.detail,
    owned: true,
    kill9,
    pause: async () => {
      if (child?.running) await signalTree(child.pid, 'SIGSTOP');
    },
    resume: async () => {
      if (child?.running) await signalTree(child.pid, 'SIGCONT');
    },
    restart: async ({ empty = false } = {}) => {
      await child?.end();
      if (empty) {
        await emptyDirectory(directory.path);
        await program.prepare(directory.path, ports);
      }
      await relaunch(launch);
    },
    stop,
  };
}

/** A server that was killed may hold its port or shared memory for a moment longer. */
async function relaunch(launch: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch();
    } catch (error) {
      if (attempt === 10) throw error;
      await delay(200);
    }
  }
}

async function emptyDirectory(path: string): Promise<void> {
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true });
}

async function answering(program: LocalProgram, child: LoggedChild, ports: readonly number[]): Promise<void> {
  const until = performance.now() + program.readyWithinMs;
  while (child.running && performance.now() < until) {
    if (await program.answers(ports).catch(() => false)) return;
    await delay(50);
  }
  const why = child.running ? `does not answer after ${program.readyWithinMs} ms` : 'ended at once';
  throw new Error(`${program.detail} ${why}:\n${await child.tail()}`);
}
