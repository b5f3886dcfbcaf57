import type { Socket } from 'node:net';
import {
  type DurationMs,
  type EpochMs,
  faultPoint,
  type OpenConnection,
  seconds,
  VoorrangError,
} from '@voorrang/kernel';
import { type Framed, MllpFramer, mllpBlock } from './mllp-framer.ts';
import type { MllpLimits, MllpPeer, MllpServerOptions } from './mllp-options.ts';

export type MllpConnection = OpenConnection & {
  readonly closed: Promise<void>;
  /** Ends it at once, for another connection to have its place. */
  readonly evict: () => void;
  /** Ends it after the message in hand was answered, at the latest after `drainMs`. */
  readonly drainAndClose: () => Promise<void>;
};

/** How late a deadline may be noticed. */
const longestSweepMs = seconds(5);

/** One connection: frames, hands over one message at a time in order, reads no further meanwhile. */
export function serveConnection(
  socket: Socket,
  peer: MllpPeer,
  limits: MllpLimits,
  options: MllpServerOptions,
): MllpConnection {
  const { clock, observe } = options;
  const framer = new MllpFramer({ maxMessageBytes: limits.messageBytes });
  const ended = new AbortController();
  const waiting: Uint8Array[] = [];
  let lastByteAt = clock.now();
  let blockSince: number | undefined;
  /** Since when an answer, or the end of the stream, waits for the peer to take it. */
  let writingSince: number | undefined;
  let heard = false;
  let proven = false;
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
    heard = true;
    take(framer.push(chunk));
  });
  socket.on('end', () => {
    peerEnded = true;
    if (working === undefined) settle();
  });
  observe?.({ kind: 'opened', peer });
  void watchTimers();

  function take({ messages, error }: Framed): void {
    waiting.push(...messages);
    if (messages.length > 0) proven = true;
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
    } else if (closing || peerEnded) {
      writingSince = clock.now();
      socket.end(() => closing && socket.destroy());
    } else socket.resume();
  }

  async function write(block: Uint8Array): Promise<void> {
    if (socket.destroyed) throw new VoorrangError('VRG_UNAVAILABLE', 'the sender has gone');
    writingSince = clock.now();
    await new Promise<void>((resolve, reject) => socket.write(block, (error) => (error ? reject(error) : resolve())));
    writingSince = undefined;
  }

  /** What has waited too long. Time in which the peer waits for our answer does not count. */
  function overdue(now: EpochMs): 'closed-silent' | 'closed-idle' | 'closed-slow-block' | 'closed-not-reading' | null {
    const over = (since: number | undefined, limitMs: DurationMs): boolean =>
      since !== undefined && now >= since + limitMs;
    if (over(writingSince, limits.writeMs)) return 'closed-not-reading';
    if (working !== undefined) return null;
    if (over(blockSince, limits.blockMs)) return 'closed-slow-block';
    if (!heard && over(lastByteAt, limits.firstByteMs)) return 'closed-silent';
    return over(lastByteAt, limits.idleMs) ? 'closed-idle' : null;
  }

  async function watchTimers(): Promise<void> {
    const { idleMs, blockMs, firstByteMs, writeMs } = limits;
    const sweepMs = Math.max(1, Math.min(longestSweepMs, idleMs, blockMs, firstByteMs, writeMs));
    while (!ended.signal.aborted) {
      const kind = overdue(clock.now());
      if (kind !== null) {
        observe?.({ kind, peer });
        socket.destroy();
        return;
      }
      await clock.wait(sweepMs, ended.signal);
    }
  }

  return {
    address: peer.address,
    get proven() {
      return proven;
    },
    get lastHeardAt() {
      return lastByteAt;
    },
    closed,
    evict: () => {
      observe?.({ kind: 'evicted', peer });
      socket.destroy();
    },
    drainAndClose: async () => {
      closing = true;
      if (working === undefined) socket.destroy();
      else void clock.wait(limits.drainMs, ended.signal).then(() => socket.destroy());
      await closed;
    },
  };
}
