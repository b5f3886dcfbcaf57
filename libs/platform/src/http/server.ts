import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ServerTls, tlsServerOptions } from '@voorrang/kernel';
import type { Express } from 'express';

/** A listening HTTP server. `close` stops accepting, ends idle and event-stream connections, and waits for answers in hand. */
export type HttpServer = {
  readonly port: number;
  readonly server: Server | TlsServer;
  /** New certificate for connections from now on. Throws `VRG_CONFIG_INVALID` when it cannot be used; does nothing without TLS. */
  updateTls(tls: ServerTls): void;
  close(): Promise<void>;
};

/** An upload of a whole study may take minutes; sign-in is looked at before any of it is read. */
const timeouts = { requestTimeout: 600_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 };
/** Browsers have no client certificate; who asks is told by session or token. */
const optionsOf = (tls: ServerTls) => tlsServerOptions({ cert: tls.cert, key: tls.key, clientCertificate: 'none' });

/** Plain HTTP, or HTTPS when a certificate is given. */
export function listen(app: Express, port: number, bind: string, tls?: ServerTls): Promise<HttpServer> {
  const secure = tls === undefined ? undefined : createTlsServer({ ...timeouts, ...optionsOf(tls) }, app);
  const server = secure ?? createServer(timeouts, app);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, bind, () => {
      server.off('error', reject);
      resolve({
        port: (server.address() as AddressInfo).port,
        server,
        updateTls: (renewed) => secure?.setSecureContext(optionsOf(renewed)),
        close: () => close(server),
      });
    });
  });
}

const graceMs = 2_000;

function close(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
