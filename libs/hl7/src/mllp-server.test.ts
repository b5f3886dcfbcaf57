import { afterEach, describe, expect, test } from '@jest/globals';
import type { Clock } from '@voorrang/kernel';
import { block, endAll, sender, serve, text } from '../test/wire.ts';
import type { MllpPeer, MllpServerOptions } from './mllp-options.ts';

afterEach(endAll);

const nobody: MllpPeer = { address: '', port: 0, connection: 0, tls: false, certificateSha256: null };

/** A clock that moves only when told; every wait ends when its time is reached. */
function steppedClock(): Clock & { advance: (ms: number) => void } {
  let now = 1_000_000;
  const waits = new Set<{ at: number; resolve: () => void }>();
  return {
    now: () => now,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const entry = { at: now + ms, resolve };
        waits.add(entry);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
    advance: (ms) => {
      now += ms;
      for (const entry of waits) if (entry.at <= now && waits.delete(entry)) entry.resolve();
    },
  };
}

const echo: MllpServerOptions['onMessage'] = async (bytes) => [Buffer.from(`ack ${text(bytes)}`)];

describe('the MLLP listener', () => {
  test('messages of one chunk are handled one at a time and answered in order', async () => {
    let busy = 0;
    const order: string[] = [];
    const { port } = await serve(async (bytes) => {
      busy += 1;
      expect(busy).toBe(1);
      order.push(text(bytes));
      await new Promise((resolve) => setImmediate(resolve));
      busy -= 1;
      return echo(bytes, nobody);
    });
    const { socket, receive } = sender(port);
    socket.write(Buffer.concat(['1', '2', '3'].map(block)));
    socket.write(block('4'));
    expect(await receive(4)).toEqual(['ack 1', 'ack 2', 'ack 3', 'ack 4']);
    expect(order).toEqual(['1', '2', '3', '4']);
  });

  test('a sender that pipelines 50 messages gets 50 answers in its order, while the listener holds one message at a time', async () => {
    let busy = 0;
    const { port } = await serve(async (bytes, peer) => {
      busy += 1;
      expect(busy).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      busy -= 1;
      return echo(bytes, peer);
    });
    const { socket, receive } = sender(port);
    const wanted = Array.from({ length: 50 }, (_, index) => `message ${index}`);
    for (const [index, one] of wanted.entries()) {
      const bytes = block(one);
      const cut = index % bytes.length;
      socket.write(bytes.subarray(0, cut));
      socket.write(bytes.subarray(cut));
    }
    expect(await receive(50)).toEqual(wanted.map((one) => `ack ${one}`));
  });

  test('an answer may be none or several', async () => {
    const { port } = await serve(async (bytes) =>
      text(bytes) === 'quiet' ? [] : [Buffer.from('CA'), Buffer.from('AA')],
    );
    const { socket, receive } = sender(port);
    socket.write(Buffer.concat([block('quiet'), block('both')]));
    expect(await receive(2)).toEqual(['CA', 'AA']);
  });

  test('a sender that ends its side after the last message still gets the answer, then the end', async () => {
    const { port } = await serve(echo);
    const { socket, closed } = sender(port);
    socket.end(block('last'));
    expect(await closed).toEqual(['ack last']);
  });

  test('a handler that fails closes that connection without an answer, others go on', async () => {
    const { port, seen } = await serve(async (bytes, peer) => {
      if (text(bytes) === 'bad') throw new Error('no room');
      return echo(bytes, peer);
    });
    const [broken, healthy] = [sender(port), sender(port)];
    broken.socket.write(block('bad'));
    expect(await broken.closed).toEqual([]);
    healthy.socket.write(block('good'));
    expect(await healthy.receive(1)).toEqual(['ack good']);
    expect(seen.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
  });

  test('a sender that resets in the middle of a message disturbs nobody', async () => {
    const { port } = await serve(echo);
    const [rude, healthy] = [sender(port), sender(port)];
    await new Promise((resolve) => rude.socket.write(block('half').subarray(0, 3), resolve));
    rude.socket.resetAndDestroy();
    await rude.closed;
    healthy.socket.write(block('good'));
    expect(await healthy.receive(1)).toEqual(['ack good']);
  });

  test('a message over the limit closes the connection after the good ones before it were answered', async () => {
    const { port } = await serve(echo, { limits: { messageBytes: 50 } });
    const { socket, closed } = sender(port);
    socket.write(Buffer.concat([block('fine'), block('x'.repeat(51))]));
    expect(await closed).toEqual(['ack fine']);
  });

  test('connections over the limit are refused', async () => {
    const { port, server } = await serve(echo, { limits: { connections: 1 } });
    const first = sender(port);
    first.socket.write(block('1'));
    await first.receive(1);
    expect(await sender(port).closed).toEqual([]);
    expect(server.connectionCount()).toBe(1);
  });

  test('a connection without traffic is closed at its limit, one that waits for our answer is not', async () => {
    const clock = steppedClock();
    let answer: () => void = () => undefined;
    const { port } = await serve(
      (bytes) =>
        text(bytes) === 'slow'
          ? new Promise((resolve) => (answer = () => resolve([Buffer.from('done')])))
          : echo(bytes, nobody),
      { clock, limits: { idleMs: 10_000, blockMs: 1_000 } },
    );
    const [idle, waiting] = [sender(port), sender(port)];
    idle.socket.write(block('1'));
    await idle.receive(1);
    waiting.socket.write(Buffer.concat([block('1'), block('slow')]));
    await waiting.receive(1);
    const ended = idle.closed.then(() => true);
    let closed = false;
    ended.then(() => {
      closed = true;
    });
    while (!closed) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    answer();
    expect(await waiting.receive(2)).toEqual(['ack 1', 'done']);
  });

  test('a block that begins and never ends is closed at its limit', async () => {
    const clock = steppedClock();
    const { port, seen } = await serve(echo, { clock, limits: { idleMs: 3_600_000, blockMs: 1_000 } });
    const { socket, receive, closed } = sender(port);
    socket.write(Buffer.concat([block('1'), Uint8Array.of(0x0b), Buffer.from('MSH|')]));
    await receive(1);
    let ended = false;
    void closed.then(() => {
      ended = true;
    });
    while (!ended) {
      clock.advance(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen.some(({ kind }) => kind === 'closed-slow-block')).toBe(true);
  });

  test('closing lets the message in hand be answered', async () => {
    let answer: () => void = () => undefined;
    const started = Promise.withResolvers<void>();
    const { port, server } = await serve(() => {
      started.resolve();
      return new Promise((resolve) => (answer = () => resolve([Buffer.from('durable')])));
    });
    const { socket, closed } = sender(port);
    socket.write(Buffer.concat([block('1'), block('2')]));
    await started.promise;
    const stopping = server.close();
    answer();
    await stopping;
    expect(await closed).toEqual(['durable']);
  });

  test('a port that is taken rejects the start', async () => {
    const { port } = await serve(echo);
    await expect(serve(echo, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
