import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type Exchange = {
  readonly received: Buffer;
  /** Whether the other side ended the connection by itself. */
  readonly endedByPeer: boolean;
  /** Whether the connection was gone within the deadline. */
  readonly closed: boolean;
};

type How = {
  readonly port: number;
  /** An address of this machine to come from. */
  readonly from?: string;
  readonly chunks: readonly Buffer[];
  /** How the connection ends when the other side has nothing more to say: our end of it (FIN), or at once (RST). */
  readonly ending: 'fin' | 'rst';
  /** Quiet time in milliseconds after which it has nothing more to say. */
  readonly quietMs: number;
  readonly deadlineMs: number;
};

/** Writes bytes in the given chunks to a port of this machine and collects what comes back, until the connection is gone. Never rejects. */
export async function exchange({
  port,
  from = '127.0.0.1',
  chunks,
  ending,
  quietMs,
  deadlineMs,
}: How): Promise<Exchange> {
  const received: Buffer[] = [];
  const socket: Socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true });
  let heardAt = performance.now();
  let endedByPeer = false;
  const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)));
  socket.on('error', () => {
    endedByPeer = true;
  });
  socket.on('end', () => {
    endedByPeer = true;
  });
  socket.on('data', (chunk: Buffer) => {
    heardAt = performance.now();
    received.push(chunk);
  });
  const gone = new AbortController();
  void closed.then(() => gone.abort());
  for (const chunk of chunks) {
    if (socket.destroyed || socket.writableEnded) break;
    await new Promise<void>((resolve) => socket.write(chunk, () => resolve()));
    heardAt = performance.now();
  }
  while (!socket.destroyed && performance.now() - heardAt < quietMs)
    await delay(1, undefined, { signal: gone.signal }).catch(() => undefined);
  if (ending === 'rst') socket.resetAndDestroy();
  else socket.end();
  const inTime = await Promise.race([closed, delay(deadlineMs, false, { signal: gone.signal }).catch(() => true)]);
  socket.destroy();
  return { received: Buffer.concat(received), endedByPeer, closed: inTime };
}

/** Cuts bytes at one to three random places. */
export function inChunks(bytes: Buffer, random: () => number): Buffer[] {
  if (random() < 0.4) return [bytes];
  const cuts = Array.from({ length: 1 + Math.floor(random() * 3) }, () => Math.floor(random() * (bytes.length + 1)));
  const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}
