import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import {
  type ClientCertificateDecision,
  type Clock,
  type DurationMs,
  decideClientCertificate,
  type ServerTls,
  tlsServerOptions,
} from '@voorrang/kernel';

export type Greeted =
  | { readonly kind: 'secured'; readonly socket: Socket; readonly certificateSha256: string | null }
  | Extract<ClientCertificateDecision, { kind: 'refuse' }>
  | { readonly kind: 'slow' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Does the server side of one handshake. Whatever is not `secured` has been closed; ends within `limitMs`. */
export type Greet = (raw: Socket, clock: Clock, limitMs: DurationMs) => Promise<Greeted>;

/**
 * Handshakes with one set of certificates. The connections are given to it one by one after they were admitted, so that sockets which never finish a
 * handshake count and give way like all others; a TLS server that listened by itself would keep them outside every limit.
 * Throws `VRG_CONFIG_INVALID` when the parts are unreadable, weak, or do not belong together.
 */
export function greeterOf(tls: ServerTls): Greet {
  const server = createServer({ ...tlsServerOptions(tls), allowHalfOpen: true });
  const waiting = new Map<string, (outcome: { readonly socket: TLSSocket } | { readonly error: unknown }) => void>();
  server.on('secureConnection', (socket) => {
    const settle = waiting.get(endsOf(socket));
    if (settle === undefined) socket.destroy();
    else settle({ socket });
  });
  server.on('tlsClientError', (error, socket) => waiting.get(endsOf(socket))?.({ error }));
  return (raw, clock, limitMs) =>
    new Promise((resolve) => {
      const ends = endsOf(raw);
      const over = new AbortController();
      const finish = (greeted: Greeted): void => {
        if (over.signal.aborted) return;
        over.abort();
        waiting.delete(ends);
        raw.off('close', closed);
        if (greeted.kind !== 'secured') raw.destroy();
        resolve(greeted);
      };
      const closed = (): void => finish({ kind: 'failed', error: new Error('closed during the handshake') });
      raw.once('close', closed);
      waiting.set(ends, (outcome) => {
        if ('error' in outcome) return finish({ kind: 'failed', error: outcome.error });
        const { socket } = outcome;
        const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
        const decision = decideClientCertificate(tls.clientCertificate, fingerprint, socket.authorized);
        finish(decision.kind === 'refuse' ? decision : { kind: 'secured', socket, certificateSha256: decision.sha256 });
      });
      server.emit('connection', raw);
      void clock.wait(limitMs, over.signal).then(() => finish({ kind: 'slow' }));
    });
}

/** The four numbers of a TCP connection but our port: node gives no other way from a connection to the secured one over it. */
const endsOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;
