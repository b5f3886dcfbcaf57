import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on this machine that counts what senders write and can go silent as a dead network does. */
export type ByteProxy = {
  readonly port: number;
  /** Calls `reached` once, in the moment in which the given number of further bytes has been passed on to the receiver, not one more. */
  afterBytes(count: number, reached: () => void): void;
  /** From now on nothing is passed on in either direction and no end of a connection either (half-open). */
  goSilent(): void;
  readonly connections: number;
  close(): Promise<void>;
};

export async function startByteProxy(targetPort: number): Promise<ByteProxy> {
  const sockets = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  let reached: () => void = () => {};
  let silent = false;

  const pass = (chunk: Buffer, to: Socket): void => {
    if (silent) return;
    if (chunk.length < left) {
      left -= chunk.length;
      to.write(chunk);
      return;
    }
    // the receiver gets its bytes first: the kernel has them when the callback comes
    const tell = reached;
    const rest = chunk.subarray(left);
    to.write(chunk.subarray(0, left), tell);
    left = Number.POSITIVE_INFINITY;
    to.write(rest);
  };
  const join = (from: Socket, to: Socket, counted: boolean): void => {
    sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      if (counted) pass(chunk, to);
      else if (!silent) to.write(chunk);
    });
    from.on('end', () => silent || to.end());
    from.on('error', () => silent || to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      if (!silent) to.destroy();
    });
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (sender) => {
    const receiver = connect({ port: targetPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    join(sender, receiver, true);
    join(receiver, sender, false);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    afterBytes: (count, then) => {
      left = count;
      reached = then;
    },
    goSilent: () => {
      silent = true;
    },
    get connections() {
      return sockets.size / 2;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
