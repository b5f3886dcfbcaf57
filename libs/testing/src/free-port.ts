import { createServer } from 'node:net';

/**
 * A loopback port that nothing listened on a moment ago, for programs that cannot take port 0. Another process may take it in between:
 * whoever starts something on it tries again with another one.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no address of a TCP server'));
      });
    });
  });
}
