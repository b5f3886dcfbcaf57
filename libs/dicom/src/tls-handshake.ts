import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import {
  type ClientCertificates,
  type Clock,
  type DurationMs,
  decideClientCertificate,
  type EpochMs,
  type OpenConnection,
  type ServerTls,
  tlsServerOptions,
} from '@voorrang/kernel';
import type { DicomEvent } from './dicom-event.ts';

/** What every handshake of a listener needs; made anew when the certificate changes. */
export type TlsContext = { readonly context: SecureContext; readonly clientCertificate: ClientCertificates };

/** Throws `VRG_CONFIG_INVALID` when the parts do not fit. */
export const tlsContextOf = (tls: ServerTls): TlsContext => ({
  context: createSecureContext(tlsServerOptions(tls)),
  clientCertificate: tls.clientCertificate,
});

export type HandshakeRefusal = Extract<DicomEvent, { kind: 'tls-refused' }>['reason'];
export type HandshakeDeps = {
  readonly clock: Clock;
  readonly tls: TlsContext;
  readonly artimMs: DurationMs;
  readonly onSecured: (socket: TLSSocket, certificateSha256: string | null) => void;
  /** At most once, and not for a connection that its peer or we closed. `code`: of OpenSSL. */
  readonly onRefused: (reason: HandshakeRefusal, code?: string) => void;
};

/** One connection on its way to TLS. It has the time that it would have to ask for an association, and no DICOM byte is read before. */
export class TlsHandshake implements OpenConnection {
  readonly address: string;
  readonly proven = false;
  readonly lastHeardAt: EpochMs;
  readonly #socket: TLSSocket;
  readonly #deps: HandshakeDeps;
  #over = false;

  constructor(raw: Socket, address: string, deps: HandshakeDeps) {
    this.address = address;
    this.lastHeardAt = deps.clock.now();
    this.#deps = deps;
    this.#socket = new TLSSocket(raw, {
      isServer: true,
      secureContext: deps.tls.context,
      requestCert: deps.tls.clientCertificate !== 'none',
      rejectUnauthorized: false,
    });
    this.#socket.once('secure', () => this.#secured());
    this.#socket.once('_tlsError', (error: Error & { code?: string }) => this.#refuse('handshake', error.code));
    // until the connection has its own listener
    this.#socket.on('error', () => undefined);
  }

  /** Calls back when the connection is gone, before or after the handshake. */
  onClose(listener: () => void): void {
    this.#socket.once('close', listener);
  }

  checkDeadline(now: EpochMs): void {
    if (now - this.lastHeardAt >= this.#deps.artimMs) this.#refuse('timed-out');
  }

  evict(): void {
    this.#over = true;
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    this.evict();
  }

  #secured(): void {
    if (this.#over) return;
    const certificate = this.#socket.getPeerX509Certificate();
    const decision = decideClientCertificate(
      this.#deps.tls.clientCertificate,
      certificate?.fingerprint256,
      this.#socket.authorized,
    );
    if (decision.kind === 'refuse') this.#refuse(decision.reason);
    else {
      this.#over = true;
      this.#deps.onSecured(this.#socket, decision.sha256);
    }
  }

  #refuse(reason: HandshakeRefusal, code?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    this.#deps.onRefused(reason, ...(code === undefined ? [] : [code]));
  }
}
