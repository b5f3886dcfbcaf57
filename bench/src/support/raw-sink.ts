import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

const sender = `
const { connect } = require('node:net');
const [port, connections, objects, bytes] = process.argv.slice(1).map(Number);
const object = Buffer.alloc(bytes, 7);
const one = () => new Promise((resolve) => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let sent = 0;
  const next = () => { if (sent++ < objects) socket.write(object); };
  socket.on('data', next);
  socket.on('connect', next);
  socket.on('close', resolve);
});
Promise.all(Array.from({ length: connections }, one));
`;

/** Seconds in which a plain TCP server takes the same bytes from the same number of connections, answering one byte per object. */
export async function rawSinkSeconds(connections: number, objects: number, bytes: number): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    let got = 0;
    let answered = 0;
    socket.on('data', (chunk) => {
      got += chunk.length;
      while (answered < objects && got >= (answered + 1) * bytes) {
        answered += 1;
        if (answered === objects) socket.end('.');
        else socket.write('.');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const begin = performance.now();
  const child = spawn(
    process.execPath,
    ['-e', sender, String((server.address() as AddressInfo).port), String(connections), String(objects), String(bytes)],
    { stdio: 'ignore' },
  );
  await new Promise((resolve) => child.once('exit', resolve));
  server.close();
  return (performance.now() - begin) / 1000;
}
