import { connect } from 'node:net';

/** Sends `request` and resolves with the first bytes that come back; rejects when nothing does within the time. */
export function askOverTcp(port: number, request: Uint8Array | string, withinMs = 1_000): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      act();
    };
    const timer = setTimeout(() => finish(() => reject(new Error('no answer in time'))), withinMs);
    socket.once('error', (error) => finish(() => reject(error)));
    socket.once('close', () => finish(() => reject(new Error('closed without an answer'))));
    socket.once('connect', () => socket.write(request));
    socket.once('data', (data) => finish(() => resolve(data)));
  });
}

/** RESP `PING`; a server that is loading its data answers `-LOADING`. */
export async function redisAnswers(port: number): Promise<boolean> {
  return (await askOverTcp(port, 'PING\r\n')).toString('latin1').startsWith('+PONG');
}

/**
 * PostgreSQL wire protocol 3.0 start-up message (Frontend/Backend Protocol §55.7): any authentication request (`R`) means that it takes sessions;
 * while it recovers it answers with an error (`E`).
 */
export async function postgresAnswers(port: number, user: string): Promise<boolean> {
  const parameters = Buffer.from(`user\0${user}\0database\0postgres\0\0`);
  const message = Buffer.alloc(8);
  message.writeInt32BE(8 + parameters.length, 0);
  message.writeInt32BE(196_608, 4);
  return (await askOverTcp(port, Buffer.concat([message, parameters])))[0] === 0x52;
}

/**
 * Kafka Metadata request version 1 with no topics (Kafka protocol guide): ready when the answer names at least one broker, which a broker that is
 * still fenced by its controller does not.
 */
export async function kafkaAnswers(port: number): Promise<boolean> {
  const client = Buffer.from('probe');
  const body = Buffer.alloc(10 + client.length + 4);
  body.writeInt16BE(3, 0);
  body.writeInt16BE(1, 2);
  body.writeInt32BE(7, 4);
  body.writeInt16BE(client.length, 8);
  client.copy(body, 10);
  body.writeInt32BE(0, 10 + client.length);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length, 0);
  const answer = await askOverTcp(port, Buffer.concat([size, body]));
  return answer.length >= 12 && answer.readInt32BE(4) === 7 && answer.readInt32BE(8) > 0;
}
