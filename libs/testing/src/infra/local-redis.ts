import type { RunningInfrastructure } from './infrastructure.ts';
import { startLocalServer } from './local-server.ts';
import { redisAnswers } from './wire-probes.ts';

/** redis-server of this machine with an append-only file, as in production, so that a restart keeps the data. */
export const startLocalRedis = (program: string): Promise<RunningInfrastructure> =>
  startLocalServer({
    kind: 'redis',
    detail: 'local redis-server',
    ports: 1,
    prepare: async () => {},
    launch: (directory, [port]) => ({
      command: program,
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''],
        ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--databases', '256'],
      ],
    }),
    address: ([port]) => `redis://127.0.0.1:${port}`,
    answers: ([port = 0]) => redisAnswers(port),
    readyWithinMs: 10_000,
  });
