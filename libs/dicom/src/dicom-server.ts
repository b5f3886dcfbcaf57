import { type AddressInfo, createServer, type Socket } from 'node:net';
import { admitConnection, type Clock, defaultPerAddress, type EpochMs } from '@voorrang/kernel';
import type { OnStore, Peer } from './answer-store.ts';
import type { Rejection } from './association.ts';
import { Connection, type ConnectionLimits, type DicomEvent } from './connection.ts';

export type DicomLimits = ConnectionLimits & {
  /** Associations at a time; one more is rejected as transient. */
  readonly associations: number;
  /**
   * Sockets at a time, with those that have not asked for an association yet. One more takes the place of the one that was silent for longest among
   * those without an association; where there is none, it is closed.
   */
  readonly connections: number;
  /** Of one address. Default: all but 8, so that nobody takes every place. */
  readonly perAddress: number;
};

export const defaultDicomLimits: DicomLimits = {
  pduBytes: 131_072,
  associateRequestBytes: 131_072,
  headerBytes: 256 << 10,
  commandBytes: 16 << 10,
  queuedMessages: 4,
  artimMs: 30_000,
  idleMs: 300_000,
  drainMs: 5_000,
  associations: 64,
  connections: 128,
  perAddress: defaultPerAddress(128),
};

export type DicomServerOptions = {
  readonly bind: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly limits?: Partial<DicomLimits>;
  /** Own AE title. With `anyCalledAe` an association to another title is accepted all the same. */
  readonly aeTitle: string;
  readonly anyCalledAe?: boolean;
  /** Whether an association from this peer is accepted; `undefined` accepts. */
  readonly refuse?: (peer: Peer) => Rejection | undefined;
  /** Success is answered only after this resolves with `stored`. A rejection is answered as out of resources unless it is permanent. */
  readonly onStore: OnStore;
  readonly onEcho?: (peer: Peer) => Promise<void>;
  readonly onEvent?: (event: DicomEvent) => void;
};

export interface DicomServer {
  listen(): Promise<void>;
  /** The port that is listened on; 0 before. */
  readonly port: number;
  readonly listening: boolean;
  readonly associations: number;
  /** Takes no more, answers the message in hand of each association if that is done within `drainMs`, aborts the rest. */
  close(): Promise<void>;
}

const sweepMs = 1_000;

/** C-ECHO and C-STORE acceptor that keeps headers only: memory does not grow with the objects. */
export function createDicomServer(options: DicomServerOptions): DicomServer {
  const { connections: most = defaultDicomLimits.connections } = options.limits ?? {};
  const limits: DicomLimits = { ...defaultDicomLimits, perAddress: defaultPerAddress(most), ...options.limits };
  const connections = new Set<Connection>();
  const stopped = new AbortController();
  let listening = false;
  const associations = (): number => [...connections].filter(({ established }) => established).length;

  const refuse = (peer: Peer): Rejection | undefined => {
    if (!options.anyCalledAe && peer.calledAe !== options.aeTitle) return 'called-ae';
    return options.refuse?.(peer) ?? (associations() >= limits.associations ? 'too-many-associations' : undefined);
  };
  const deps = {
    clock: options.clock,
    limits,
    refuse,
    onStore: options.onStore,
    onEcho: options.onEcho ?? (async () => {}),
    onEvent: options.onEvent ?? (() => {}),
  };
  const server = createServer({ noDelay: true, keepAlive: true }, (socket: Socket) => {
    const remoteAddress = socket.remoteAddress ?? '';
    if (stopped.signal.aborted) return void socket.destroy();
    const admission = admitConnection(connections, remoteAddress, limits);
    if (admission.kind === 'refuse') {
      const peer = { callingAe: '', calledAe: '', remoteAddress };
      deps.onEvent({ kind: 'connection-refused', peer, reason: admission.reason });
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    if (admission.evict !== null) {
      connections.delete(admission.evict);
      admission.evict.evict();
    }
    const connection = new Connection(socket, deps);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });

  const sweep = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await options.clock.wait(sweepMs, stopped.signal);
      const now: EpochMs = options.clock.now();
      for (const connection of connections) connection.checkDeadline(now);
    }
  };

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.bind, () => {
          server.removeListener('error', reject);
          server.on('error', (error) =>
            deps.onEvent({ kind: 'failure', peer: { callingAe: '', calledAe: '', remoteAddress: '' }, error }),
          );
          listening = true;
          void sweep();
          resolve();
        });
      }),
    get port() {
      return (server.address() as AddressInfo | null)?.port ?? 0;
    },
    get listening() {
      return listening;
    },
    get associations() {
      return associations();
    },
    close: async () => {
      if (!listening) return;
      listening = false;
      stopped.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...connections].map((connection) => connection.close()));
      await closed;
    },
  };
}
