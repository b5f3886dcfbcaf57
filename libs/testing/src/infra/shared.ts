import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Infrastructure, InfrastructureKind } from './infrastructure.ts';
import { infrastructureKinds } from './infrastructure.ts';
import { givenInfrastructure, startInfrastructure } from './start.ts';

const hostVariable = 'VOORRANG_TEST_INFRASTRUCTURE_HOST';

type Described =
  | {
      readonly how: 'given' | 'docker' | 'local';
      readonly address: string;
      readonly detail: string;
      readonly turn: number;
    }
  | { readonly how: 'absent'; readonly reason: string };

/**
 * Starts servers once for a whole test run, each when a test file first asks for it, so that a run of pure tests starts nothing.
 * Lives in the process of the runner; test workers reach it over loopback by an environment variable.
 */
export async function hostSharedInfrastructure(): Promise<{ close(): Promise<void> }> {
  const started = new Map<InfrastructureKind, Promise<Infrastructure>>();
  let turn = 0;
  const describe = async (kind: InfrastructureKind): Promise<Described> => {
    const known = started.get(kind) ?? startInfrastructure(kind);
    started.set(kind, known);
    const found = await known;
    turn += 1;
    return found.how === 'absent'
      ? { how: 'absent', reason: found.reason }
      : { how: found.how, address: found.address, detail: found.detail, turn };
  };
  const server = createServer((incoming, answer) => {
    const kind = infrastructureKinds.find((name) => incoming.url === `/${name}`);
    if (kind === undefined) return void answer.writeHead(404).end();
    describe(kind).then(
      (found) => answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found)),
      (error: unknown) => answer.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  process.env[hostVariable] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    close: async () => {
      delete process.env[hostVariable];
      await closed(server);
      for (const promise of started.values()) {
        const found = await promise.catch(() => undefined);
        if (found !== undefined && found.how !== 'absent') await found.stop();
      }
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
}

/** The Kafka broker of the run. Use topic names of your own (`topicPrefix`): other test files use it at the same time. */
export const sharedKafka = (): Promise<Infrastructure> => sharedInfrastructure('kafka');
/** The Redis of the run, each call with a database number of its own where the server is ours. Never `FLUSHALL` it. */
export const sharedRedis = (): Promise<Infrastructure> => sharedInfrastructure('redis');
/** The PostgreSQL of the run; `freshDatabase` makes a database of your own in it. */
export const sharedPostgres = (): Promise<Infrastructure> => sharedInfrastructure('postgres');

async function sharedInfrastructure(kind: InfrastructureKind): Promise<Infrastructure> {
  const host = process.env[hostVariable];
  if (host === undefined) return ownUntilExit(kind);
  const answer = await fetch(`${host}/${kind}`);
  if (!answer.ok) throw new Error(`${kind} did not start: ${await answer.text()}`);
  const found = (await answer.json()) as Described;
  if (found.how === 'absent') return { kind, how: 'absent', reason: found.reason };
  return givenInfrastructure(kind, ownPart(kind, found), { how: found.how, detail: found.detail });
}

const ownPart = (kind: InfrastructureKind, found: { how: string; address: string; turn: number }): string =>
  kind === 'redis' && found.how !== 'given' ? `${found.address}/${found.turn % 256}` : found.address;

/** Outside a test run (a script, a debugger) the first who asks starts it; it ends with the process. */
const own = new Map<InfrastructureKind, Promise<Infrastructure>>();
function ownUntilExit(kind: InfrastructureKind): Promise<Infrastructure> {
  const known = own.get(kind) ?? startInfrastructure(kind);
  own.set(kind, known);
  return known;
}
