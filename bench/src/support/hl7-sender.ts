import { connect } from 'node:net';
import { mllpBlock } from '@voorrang/hl7';

export type Hl7Load = {
  readonly connections: number;
  /** Messages that a connection sends before it has their answers. */
  readonly inFlight: number;
  readonly messagesEach: number;
};

let runs = 0;

/** Messages that were acknowledged with AA each second. Rejects when one is not. */
export async function acknowledgedPerSecond(port: number, load: Hl7Load): Promise<number> {
  runs += 1;
  const begin = performance.now();
  await Promise.all(Array.from({ length: load.connections }, (_, n) => sendAll(port, load, `R${runs}C${n}`)));
  return (load.connections * load.messagesEach) / ((performance.now() - begin) / 1_000);
}

function sendAll(port: number, { inFlight, messagesEach }: Hl7Load, tag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    let rest = '';
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const fill = (): void => {
      const blocks: Uint8Array[] = [];
      for (; sent < messagesEach && sent - answered < inFlight; sent += 1)
        blocks.push(mllpBlock(Buffer.from(order(`${tag}-${sent}`))));
      if (blocks.length > 0) socket.write(Buffer.concat(blocks));
    };
    socket.on('connect', fill);
    socket.on('error', reject);
    socket.on('close', () => answered < messagesEach && reject(new Error('the receiver closed the connection')));
    socket.on('data', (chunk: Buffer) => {
      const answers = (rest + chunk.toString('latin1')).split('\x1c\r');
      rest = answers.pop() ?? '';
      for (const answer of answers) if (!answer.includes('MSA|AA|')) reject(new Error('a message was refused'));
      answered += answers.length;
      if (answered < messagesEach) return fill();
      socket.destroy();
      resolve();
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
