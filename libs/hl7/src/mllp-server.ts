import { createServer, type Server, type Socket } from 'node:net';
import {
  admitConnection,
  defaultPerAddress,
  type OpenConnection,
  type ServerTls,
  seconds,
  VoorrangError,
} from '@voorrang/kernel';
import { serveConnection } from './mllp-connection.ts';
import { type Greet, greeterOf } from './mllp-handshake.ts';
import { defaultMllpLimits, type MllpLimits, type MllpPeer, type MllpServerOptions } from './mllp-options.ts';

export type MllpServer = {
  /** Resolves with the port once listening; rejects when the address cannot be taken. */
  readonly start: () => Promise<{ readonly port: number }>;
  /** Stops listening, lets messages in hand finish within `drainMs`, then closes every connection. */
  readonly close: () => Promise<void>;
  readonly connectionCount: () => number;
  /**
   * Takes new certificates for the connections from now on; open ones stay. Throws `VRG_CONFIG_INVALID` and keeps the old ones when they cannot be used,
   * or when this listener has no TLS.
   */
  readonly reloadTls: (tls: ServerTls) => void;
};

/** A connection with a place at the listener: one that is served, or one whose handshake is not over. */
type Held = OpenConnection & { readonly evict: () => void; readonly drainAndClose: () => Promise<void> };

/** Throws `VRG_CONFIG_INVALID` when the certificates cannot be used. */
export function createMllpServer(options: MllpServerOptions): MllpServer {
  const { observe, clock } = options;
  const { connections: most = defaultMllpLimits.connections } = options.limits ?? {};
  const limits: MllpLimits = { ...defaultMllpLimits, perAddress: defaultPerAddress(most), ...options.limits };
  const held = new Set<Held>();
  let greet: Greet | undefined = options.tls === undefined ? undefined : greeterOf(options.tls);
  let lastConnection = 0;
  let server: Server | undefined;

  const accept = (socket: Socket): void => {
    socket.on('error', () => undefined);
    lastConnection += 1;
    const address = socket.remoteAddress ?? '';
    const connection = { address, port: socket.remotePort ?? 0, connection: lastConnection };
    const peer: MllpPeer = { ...connection, tls: greet !== undefined, certificateSha256: null };
    const admission = admitConnection(held, address, limits);
    if (admission.kind === 'refuse') {
      observe?.({ kind: `refused-${admission.reason}`, peer });
      socket.destroy();
      return;
    }
    if (admission.evict !== null) {
      held.delete(admission.evict);
      admission.evict.evict();
    }
    if (greet === undefined) serve(socket, peer);
    else void secure(socket, peer, greet);
  };

  const secure = async (raw: Socket, peer: MllpPeer, handshake: Greet): Promise<void> => {
    const close = (): void => void raw.destroy();
    const place: Held = {
      address: peer.address,
      proven: false,
      lastHeardAt: clock.now(),
      evict: () => {
        observe?.({ kind: 'evicted', peer });
        close();
      },
      drainAndClose: async () => close(),
    };
    held.add(place);
    const greeted = await handshake(raw, clock, limits.handshakeMs);
    const isHeld = held.delete(place);
    switch (greeted.kind) {
      case 'secured':
        if (isHeld) serve(greeted.socket, { ...peer, certificateSha256: greeted.certificateSha256 });
        return;
      case 'refuse':
        observe?.({ kind: `refused-${greeted.reason}`, peer });
        return;
      case 'slow':
        observe?.({ kind: 'closed-slow-handshake', peer });
        return;
      case 'failed':
        if (isHeld) observe?.({ kind: 'failed', peer, error: greeted.error });
    }
  };

  const serve = (socket: Socket, peer: MllpPeer): void => {
    const decision = options.admit?.(peer) ?? { kind: 'accept' };
    if (decision.kind === 'refuse') {
      observe?.({ kind: 'refused-peer', peer, reason: decision.reason });
      socket.destroy();
      return;
    }
    const connection = serveConnection(socket, peer, limits, options);
    held.add(connection);
    void connection.closed.then(() => held.delete(connection));
  };

  return {
    connectionCount: () => held.size,
    reloadTls: (tls) => {
      if (greet === undefined) {
        const details = { problem: 'the listener was started without TLS' };
        throw new VoorrangError('VRG_CONFIG_INVALID', undefined, { details });
      }
      greet = greeterOf(tls);
    },
    start: () =>
      new Promise((resolve, reject) => {
        // Half-open is allowed: a sender may end its side right after its last message and still be answered.
        // Probes find a peer that vanished without a word between two messages; the system's default begins with them after two hours.
        const probing = { keepAlive: true, keepAliveInitialDelay: seconds(30) };
        const listening = createServer({ allowHalfOpen: true, noDelay: true, ...probing }, accept);
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
      await Promise.all([...held].map((connection) => connection.drainAndClose()));
      await stopped;
    },
  };
}
