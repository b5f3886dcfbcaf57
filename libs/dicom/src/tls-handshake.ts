import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
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

export type HandshakeRefusal = Extract<DicomEvent, { kind: 'tls-refused' }>['reason'];
export type HandshakeDeps = {
  readonly clock: Clock;
  readonly artimMs: DurationMs;
  readonly onSecured: (handshake: TlsHandshake, socket: TLSSocket, certificateSha256: string | null) => void;
  /** Not for a connection that its peer or we closed. `code`: of OpenSSL. */
  readonly onRefused: (handshake: TlsHandshake, reason: HandshakeRefusal, code: string | undefined) => void;
};

/** Leads connections to TLS with one certificate; another certificate is another gate. */
export class TlsGate {
  readonly #deps: HandshakeDeps;
  readonly #server: ReturnType<typeof createServer>;
  /** By the place of the peer, which is its own as long as the connection is open. */
  readonly #pending = new Map<string, TlsHandshake>();

  /** Throws `VRG_CONFIG_INVALID` when the parts do not fit. */
  constructor(tls: ServerTls, deps: HandshakeDeps) {
    this.#deps = deps;
    // it listens nowhere: connections are handed to it once they are admitted
    this.#server = createServer(tlsServerOptions(tls));
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      this.#pending.get(placeOf(socket))?.secured(socket, tls.clientCertificate);
    });
    this.#server.on('tlsClientError', (error: Error & { code?: string }, socket: TLSSocket) => {
      this.#pending.get(placeOf(socket))?.refuse('handshake', error.code);
    });
  }

  accept(raw: Socket, address: string): TlsHandshake {
    const place = placeOf(raw);
    const handshake = new TlsHandshake(raw, address, this.#deps);
    this.#pending.set(place, handshake);
    handshake.onClose(() => this.#pending.delete(place));
    this.#server.emit('connection', raw);
    return handshake;
  }
}

const placeOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/** One connection on its way to TLS. It has the time that it would have to ask for an association, and no DICOM byte is read before. */
export class TlsHandshake implements OpenConnection {
  readonly address: string;
  readonly proven = false;
  readonly lastHeardAt: EpochMs;
  readonly #raw: Socket;
  readonly #deps: HandshakeDeps;
  #isOver = false;

  constructor(raw: Socket, address: string, deps: HandshakeDeps) {
    this.address = address;
    this.lastHeardAt = deps.clock.now();
    this.#raw = raw;
    this.#deps = deps;
  }

  /** Calls back when the connection is gone, before or after the handshake. */
  onClose(listener: () => void): void {
    this.#raw.once('close', listener);
  }

  checkDeadline(now: EpochMs): void {
    if (now - this.lastHeardAt >= this.#deps.artimMs) this.refuse('timed-out', undefined);
  }

  evict(): void {
    this.#isOver = true;
    this.#raw.destroy();
  }

  async close(): Promise<void> {
    this.evict();
  }

  secured(socket: TLSSocket, mode: ClientCertificates): void {
    if (this.#isOver) return;
    const certificate = socket.getPeerX509Certificate();
    const decision = decideClientCertificate(mode, certificate?.fingerprint256, socket.authorized);
    if (decision.kind === 'refuse') {
      socket.on('error', () => undefined);
      this.refuse(decision.reason, undefined);
    } else {
      this.#isOver = true;
      this.#deps.onSecured(this, socket, decision.sha256);
    }
  }

  refuse(reason: HandshakeRefusal, code: string | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deps.onRefused(this, reason, code);
    this.#raw.destroy();
  }
}
