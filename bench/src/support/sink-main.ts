import { type AddressInfo, createServer } from 'node:net';

/** A TCP server that counts bytes: one byte comes back for each object of the given length. The least that any receiver can do. */
const bytes = Number(process.argv[2]);
const server = createServer({ noDelay: true }, (socket) => {
  let got = 0;
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    got += chunk.length;
    for (; got >= bytes; got -= bytes) socket.write('.');
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.once('SIGTERM', () => process.exit(0));
