import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

/** A listening HTTP server. `close` stops accepting, ends idle and event-stream connections, and waits for answers in hand. */
export type HttpServer = { readonly port: number; readonly server: Server; close(): Promise<void> };

export function listen(app: Express, port: number, bind: string): Promise<HttpServer> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 }, app);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, bind, () => {
      server.off('error', reject);
      resolve({ port: (server.address() as AddressInfo).port, server, close: () => close(server) });
    });
  });
}

const graceMs = 2_000;

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
