import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

/**
 * Sends the same bytes to any receiver: each connection asks for an association (not of a sink), then one object after the other, each under a SOP Instance
 * UID of its own, the next when the last was answered. Prints `{ "seconds": ... }`, from the first object to the last answer.
 */
type Wire = {
  /** A-ASSOCIATE-RQ in base64; empty for a sink. */
  readonly request: string;
  /** C-STORE-RQ and the head of the data set; `uidAt` are places of the last eight digits of the SOP Instance UID. */
  readonly head: string;
  readonly uidAt: readonly number[];
  readonly tail: string;
};

const [portText = '', connectionsText = '', objectsText = '', wirePath = ''] = process.argv.slice(2);
const [port, connections, objects] = [Number(portText), Number(connectionsText), Number(objectsText)];
const wire = JSON.parse(readFileSync(wirePath, 'utf8')) as Wire;
const request = Buffer.from(wire.request, 'base64');
const template = Buffer.from(wire.head, 'base64');
const tail = Buffer.from(wire.tail, 'base64');
let next = process.pid * 100;

/** The start of an object of its own; the rest is the same for all. */
function headOf(): Buffer {
  next += 1;
  const head = Buffer.from(template);
  for (const at of wire.uidAt) head.write(String(next % 1e8).padStart(8, '1'), at, 'latin1');
  return head;
}

type Link = { readonly run: () => Promise<void>; readonly end: () => void };

function open(): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let left = 0;
    let done: () => void = () => {};
    const send = (): void => {
      socket.cork();
      socket.write(headOf());
      socket.write(tail);
      socket.uncork();
    };
    const run = (): Promise<void> =>
      new Promise((finished) => {
        left = objects;
        done = finished;
        send();
      });
    const answered = (): void => {
      left -= 1;
      if (left > 0) send();
      else if (left === 0) done();
    };
    const link = { run, end: () => socket.destroy() };
    const read =
      request.length === 0 ? (chunk: Buffer) => chunk.forEach(answered) : pdus(() => resolve(link), answered, reject);
    socket.on('data', read);
    socket.on('error', reject);
    socket.on('close', () => left > 0 && reject(new Error('the receiver closed the connection')));
    socket.on('connect', () => {
      if (request.length === 0) resolve(link);
      else socket.write(request);
    });
  });
}

/** Calls `accepted` at the A-ASSOCIATE-AC and `answered` at the end of each response with success. */
function pdus(accepted: () => void, answered: () => void, failed: (error: Error) => void): (chunk: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  return (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    while (waiting.length >= 6 && waiting.length >= 6 + waiting.readUInt32BE(2)) {
      const end = 6 + waiting.readUInt32BE(2);
      const pdu = waiting.subarray(0, end);
      waiting = waiting.subarray(end);
      if (pdu[0] === 2) accepted();
      else if (pdu[0] !== 4) failed(new Error(`PDU of type ${pdu[0]}`));
      else if (((pdu[11] ?? 0) & 3) === 3) {
        // (0000,0900) Status, US, two bytes
        const at = pdu.indexOf(Buffer.from([0, 0, 0, 9, 2, 0, 0, 0]));
        if (at < 0 || pdu.readUInt16LE(at + 8) !== 0) failed(new Error('an object was not taken'));
        else answered();
      }
    }
  };
}

const links = await Promise.all(Array.from({ length: connections }, open));
const begin = performance.now();
await Promise.all(links.map(({ run }) => run()));
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - begin) / 1_000 })}\n`);
for (const { end } of links) end();
process.exit(0);
