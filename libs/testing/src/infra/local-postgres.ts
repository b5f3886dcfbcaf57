import { execFile } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunningInfrastructure } from './infrastructure.ts';
import { startLocalServer } from './local-server.ts';
import { postgresAnswers } from './wire-probes.ts';

const run = promisify(execFile);
const databaseUser = 'voorrang';

/** PostgreSQL of this machine, durable as in production (fsync on). It refuses to run as root: root runs it as the user `postgres`. */
export async function startLocalPostgres(server: string, initdb: string): Promise<RunningInfrastructure> {
  const user = process.getuid?.() === 0 ? await userOf('postgres') : undefined;
  const dataOf = (directory: string): string => join(directory, 'data');
  return startLocalServer({
    kind: 'postgres',
    detail: 'local PostgreSQL',
    ports: 1,
    prepare: async (directory) => {
      if (user) await chown(directory, user.uid, user.gid);
      const options = [
        '--username',
        databaseUser,
        '--auth',
        'trust',
        '--encoding',
        'UTF8',
        '--locale',
        'C',
        '--no-sync',
      ];
      await run(initdb, ['--pgdata', dataOf(directory), ...options], { cwd: directory, ...user });
    },
    launch: (directory, [port]) => ({
      command: server,
      args: [
        ...['-D', dataOf(directory), '-h', '127.0.0.1', '-p', String(port), '-k', directory],
        ...['-c', 'shared_buffers=32MB', '-c', 'max_connections=200'],
      ],
      ...(user ? { user } : {}),
    }),
    address: ([port]) => `postgres://${databaseUser}@127.0.0.1:${port}/postgres`,
    answers: ([port = 0]) => postgresAnswers(port, databaseUser),
    readyWithinMs: 20_000,
  });
}

async function userOf(name: string): Promise<{ uid: number; gid: number }> {
  const idOf = async (flag: string): Promise<number> => Number((await run('id', [flag, name])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}
