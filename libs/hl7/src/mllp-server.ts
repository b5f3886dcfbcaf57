import { createServer, type Server, type Socket } from 'node:net';
import { admitConnection, defaultPerAddress } from '@voorrang/kernel';
import { type MllpConnection, serveConnection } from './mllp-connection.ts';
import { defaultMllpLimits, type MllpServerOptions } from './mllp-options.ts';

export type MllpServer = {
  /** Resolves with the port once listening; rejects when the address cannot be taken. */
  readonly start: () => Promise<{ readonly port: number }>;
  /** Stops listening, lets messages in hand finish within `drainMs`, then closes every connection. */
  readonly close: () => Promise<void>;
  readonly connectionCount: () => number;
};

export function createMllpServer(options: MllpServerOptions): MllpServer {
  const { connections: most = defaultMllpLimits.connections } = options.limits ?? {};
  const limits = { ...defaultMllpLimits, perAddress: defaultPerAddress(most), ...options.limits };
  const connections = new Set<MllpConnection>();
  let lastConnection = 0;
  let server: Server | undefined;

  const accept = (socket: Socket): void => {
    lastConnection += 1;
    const peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, connection: lastConnection };
    const admission = admitConnection(connections, peer.address, limits);
    if (admission.kind === 'refuse') {
      options.observe?.({ kind: `refused-${admission.reason}`, peer });
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    if (admission.evict !== null) {
      connections.delete(admission.evict);
      admission.evict.evict();
    }
    const connection = serveConnection(socket, peer, limits, options);
    connections.add(connection);
    connection.closed.then(() => connections.delete(connection));
  };

  return {
    connectionCount: () => connections.size,
    start: () =>
      new Promise((resolve, reject) => {
        // Half-open is allowed: a sender may end its side right after its last message and still be answered.
        const listening = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, accept);
        server = listening;
        listening.once('error', reject);
        listening.listen(options.port, options.bind, () => {
          listening.off('error', reject);
          listening.on('error', () => undefined);
          const address = listening.address();
          resolve({ port: typeof address === 'object' && address !== null ? address.port : options.port });
        });
      }),
    close: async () => {
      const listening = server;
      const stopped = new Promise<void>((resolve) =>
        listening?.listening ? listening.close(() => resolve()) : resolve(),
      );
      await Promise.all([...connections].map((connection) => connection.drainAndClose()));
      await stopped;
    },
  };
}
