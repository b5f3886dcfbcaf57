import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, type DurationMs, faultPoint, minutes, seconds, VoorrangError } from '@voorrang/kernel';
import { defaultMaxMessageBytes, type Framed, MllpFramer, mllpBlock } from './mllp-framer.ts';

/** Who sent: for sender lists and logs. */
export type MllpPeer = { readonly address: string; readonly port: number; readonly connection: number };

export type MllpLimits = {
  readonly connections: number;
  readonly messageBytes: number;
  /** A connection without any byte for this long is closed; HL7 senders stay connected through quiet hours, so this is long. */
  readonly idleMs: DurationMs;
  /** A block that has begun must end within this time: a slow or broken sender does not hold a place. */
  readonly blockMs: DurationMs;
};

export const defaultMllpLimits: MllpLimits = {
  connections: 200,
  messageBytes: defaultMaxMessageBytes,
  idleMs: minutes(60),
  blockMs: seconds(60),
};

/** For metrics and logs; nothing of any message is in it. */
export type MllpServerEvent =
  | {
      readonly kind: 'opened' | 'refused-connection-limit' | 'closed-idle' | 'closed-slow-block';
      readonly peer: MllpPeer;
    }
  | {
      readonly kind: 'closed';
      readonly peer: MllpPeer;
      readonly skippedBytes: number;
      readonly abandonedBlocks: number;
    }
  | { readonly kind: 'failed'; readonly peer: MllpPeer; readonly error: unknown };

export type MllpServerOptions = {
  readonly bind: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly limits?: Partial<MllpLimits>;
  /**
   * Handles one message and gives the answers to send, in order (see `acknowledge`). One call at a time per connection.
   * A rejection closes the connection without an answer: the sender keeps the message.
   */
  readonly onMessage: (bytes: Uint8Array, peer: MllpPeer) => Promise<readonly Uint8Array[]>;
  readonly observe?: (event: MllpServerEvent) => void;
};

export type MllpServer = {
  /** Resolves with the port once listening; rejects when the address cannot be taken. */
  readonly start: () => Promise<{ readonly port: number }>;
  /** Stops listening, lets messages in hand finish, then closes every connection. */
  readonly close: () => Promise<void>;
  readonly connectionCount: () => number;
};

export function createMllpServer(options: MllpServerOptions): MllpServer {
  const limits = { ...defaultMllpLimits, ...options.limits };
  const connections = new Set<Connection>();
  let lastConnection = 0;
  let server: Server | undefined;

  const accept = (socket: Socket): void => {
    lastConnection += 1;
    const peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, connection: lastConnection };
    if (connections.size >= limits.connections) {
      options.observe?.({ kind: 'refused-connection-limit', peer });
      socket.on('error', () => undefined);
      socket.destroy();
      return;
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

type Connection = { readonly closed: Promise<void>; readonly drainAndClose: () => Promise<void> };

/** One connection: frames, hands over one message at a time in order, reads no further meanwhile. */
function serveConnection(socket: Socket, peer: MllpPeer, limits: MllpLimits, options: MllpServerOptions): Connection {
  const { clock, observe } = options;
  const framer = new MllpFramer({ maxMessageBytes: limits.messageBytes });
  const ended = new AbortController();
  const waiting: Uint8Array[] = [];
  let lastByteAt = clock.now();
  let blockSince: number | undefined;
  let working: Promise<void> | undefined;
  let failure: VoorrangError | undefined;
  let peerEnded = false;
  let closing = false;

  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      ended.abort();
      observe?.({
        kind: 'closed',
        peer,
        skippedBytes: framer.skippedBytes,
        abandonedBlocks: framer.abandonedBlocks,
      });
      resolve();
    });
  });
  socket.on('error', (error) => observe?.({ kind: 'failed', peer, error }));
  socket.on('data', (chunk: Buffer) => {
    lastByteAt = clock.now();
    take(framer.push(chunk));
  });
  socket.on('end', () => {
    peerEnded = true;
    if (working === undefined) socket.end();
  });
  observe?.({ kind: 'opened', peer });
  void watchTimers();

  function take({ messages, error }: Framed): void {
    waiting.push(...messages);
    if (error !== null) failure = error;
    // The limit is for the block that is still coming, so a completed one starts it anew.
    if (!framer.isInsideBlock) blockSince = undefined;
    else if (messages.length > 0 || blockSince === undefined) blockSince = clock.now();
    if (working !== undefined) return;
    if (waiting.length === 0) settle();
    else working = work();
  }

  async function work(): Promise<void> {
    socket.pause();
    try {
      for (let next = waiting.shift(); next !== undefined && !closing; next = waiting.shift()) {
        const answers = await options.onMessage(next, peer);
        faultPoint('wire.hl7.before-answer');
        for (const answer of answers) await write(mllpBlock(answer));
      }
    } catch (error) {
      observe?.({ kind: 'failed', peer, error });
      socket.destroy();
    }
    working = undefined;
    lastByteAt = clock.now();
    if (blockSince !== undefined) blockSince = lastByteAt;
    settle();
  }

  function settle(): void {
    if (socket.destroyed) return;
    if (failure !== undefined) {
      observe?.({ kind: 'failed', peer, error: failure });
      socket.destroy();
    } else if (closing || peerEnded) socket.end(() => closing && socket.destroy());
    else socket.resume();
  }

  const write = (block: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(new VoorrangError('VRG_UNAVAILABLE', 'the sender has gone'));
      socket.write(block, (error) => (error ? reject(error) : resolve()));
    });

  async function watchTimers(): Promise<void> {
    while (!ended.signal.aborted) {
      const now = clock.now();
      const idleAt = lastByteAt + limits.idleMs;
      const blockAt = blockSince === undefined ? Number.POSITIVE_INFINITY : blockSince + limits.blockMs;
      if (working === undefined && now >= Math.min(idleAt, blockAt)) {
        observe?.({ kind: now >= blockAt ? 'closed-slow-block' : 'closed-idle', peer });
        socket.destroy();
        return;
      }
      const next = working === undefined ? Math.min(idleAt, blockAt, now + limits.blockMs) : now + limits.blockMs;
      await clock.wait(Math.max(1, next - now), ended.signal);
    }
  }

  return {
    closed,
    drainAndClose: async () => {
      closing = true;
      if (working === undefined) socket.destroy();
      else await working;
      await closed;
    },
  };
}
