import { connect } from 'node:net';
import { join } from 'node:path';
import { mllpBlock } from '@voorrang/hl7';
import { tempDirectory } from '@voorrang/testing/infrastructure';
import type { Figure, Measurement } from '../measure.ts';
import { startProduct } from '../support/product.ts';
import { syncsPerSecond } from './durable-appends.ts';

const connections = 8;
const messagesEach = 400;

export const hl7: Measurement = {
  name: 'hl7',
  about: `ORM^O01 into the running product, ${connections} connections, one message in flight on each, acknowledged after the sync`,
  async run(): Promise<readonly Figure[]> {
    await using directory = await tempDirectory();
    const syncs = await syncsPerSecond(join(directory.path, 'plain'));
    await using product = await startProduct({ VOORRANG_SETTLE_SECONDS: '30' });
    await sendAll(product.mllpPort, 50, 'WARM');
    const begin = performance.now();
    await sendAll(product.mllpPort, messagesEach, 'RUN');
    const rate = (connections * messagesEach) / ((performance.now() - begin) / 1000);
    return [
      {
        name: 'acknowledged messages',
        value: rate,
        unit: 'messages/s',
        against: { name: `syncs/s x ${connections} in flight`, value: syncs * connections },
      },
    ];
  },
};

const sendAll = (port: number, each: number, tag: string): Promise<unknown> =>
  Promise.all(Array.from({ length: connections }, (_, connection) => sendInTurn(port, each, `${tag}${connection}`)));

function sendInTurn(port: number, count: number, tag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const next = (): void => {
      if (sent === count) {
        socket.destroy();
        resolve();
        return;
      }
      sent += 1;
      socket.write(mllpBlock(Buffer.from(order(`${tag}-${sent}`))));
    };
    let answer = '';
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (!answer.endsWith('\x1c\r')) return;
      if (!answer.includes('MSA|AA|')) reject(new Error('a message was refused'));
      answer = '';
      next();
    });
  });
}

/** An order of about 600 bytes, the size that a RIS sends. */
const order = (id: string): string =>
  [
    `MSH|^~\\&|RIS|HOSPITAL|VOORRANG|HOSPITAL|20261123031500||ORM^O01^ORM_O01|${id}|P|2.5.1|||||NLD|UNICODE UTF-8`,
    `PID|1||${id}^^^HOSPITAL^PI||Test^Bench||19700115|F|||Street 1^^Town^^1234AB^NLD||0201234567`,
    `PV1|1|E|SEH^^^HOSPITAL||||||||||||||||V${id}^^^HOSPITAL`,
    `ORC|NW|P${id}|F${id}||SC||^^^20261123031500^^S|||||12345^Doctor^A`,
    `OBR|1|P${id}|F${id}|CTHEAD^CT hersenen^L||||||||||||||A${id}||||||CT|||^^^^^S||||^hoofdpijn na val van de trap, geen stolling, neurologisch stabiel`,
    '',
  ].join('\r');
