import { connect, type Socket } from 'node:net';
import { systemClock } from '@voorrang/kernel';
import { MllpFramer, mllpBlock } from '../src/mllp-framer.ts';
import type { MllpServerEvent, MllpServerOptions } from '../src/mllp-options.ts';
import { createMllpServer, type MllpServer } from '../src/mllp-server.ts';

const running: MllpServer[] = [];
const sockets: Socket[] = [];

/** Ends every listener and every sender of a test. */
export async function endAll(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((server) => server.close()));
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
export const block = (content: string): Uint8Array => mllpBlock(Buffer.from(content));

export async function serve(
  onMessage: MllpServerOptions['onMessage'],
  more: Partial<MllpServerOptions> = {},
): Promise<{ port: number; seen: MllpServerEvent[]; server: MllpServer }> {
  const seen: MllpServerEvent[] = [];
  const server = createMllpServer({
    bind: '127.0.0.1',
    port: 0,
    clock: systemClock(),
    onMessage,
    observe: (event) => seen.push(event),
    ...more,
  });
  running.push(server);
  const { port } = await server.start();
  return { port, seen, server };
}

type Sender = {
  readonly socket: Socket;
  /** The first n answers. Rejects when the other side ends before. */
  readonly receive: (count: number) => Promise<string[]>;
  /** All answers, once the other side has ended. */
  readonly closed: Promise<string[]>;
};

export const sender = (port: number): Sender => senderOver(connect({ port, host: '127.0.0.1', noDelay: true }));

export function senderOver(socket: Socket): Sender {
  sockets.push(socket);
  socket.on('error', () => undefined);
  const framer = new MllpFramer();
  const answers: string[] = [];
  const waiting: (() => void)[] = [];
  socket.on('data', (chunk) => {
    answers.push(...framer.push(chunk as Buffer).messages.map(text));
    for (const check of waiting) check();
  });
  const closed = new Promise<string[]>((resolve) => socket.once('close', () => resolve(answers)));
  const receive = (count: number): Promise<string[]> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (answers.length >= count) resolve(answers.slice(0, count));
      };
      waiting.push(check);
      socket.once('close', () => reject(new Error(`closed after ${answers.length} answers`)));
      check();
    });
  return { socket, receive, closed };
}
