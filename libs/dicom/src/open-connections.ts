import type { Socket } from 'node:net';
import { type AdmissionLimits, admitConnection, type EpochMs, type OpenConnection } from '@voorrang/kernel';
import { Connection } from './connection.ts';
import type { DicomEvent } from './dicom-event.ts';
import { type Peer, unnamedPeer } from './peer.ts';

type Open = OpenConnection & {
  checkDeadline(now: EpochMs): void;
  evict(): void;
  close(): Promise<void>;
};

/** Every socket of a listener, with and without an association. */
export class OpenConnections {
  readonly #all = new Set<Open>();
  readonly #onEvent: (event: DicomEvent) => void;

  constructor(onEvent: (event: DicomEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Makes room for one more socket, or closes it. */
  admit(socket: Socket, address: string, limits: AdmissionLimits): boolean {
    const admission = admitConnection(this.#all, address, limits);
    if (admission.kind === 'refuse') {
      this.#onEvent({ kind: 'connection-refused', peer: unnamedPeer(address, undefined), reason: admission.reason });
      socket.on('error', () => undefined);
      socket.destroy();
      return false;
    }
    if (admission.evict !== null) {
      this.#all.delete(admission.evict);
      admission.evict.evict();
    }
    return true;
  }

  /** Until `whenGone` calls back. */
  add(connection: Open, whenGone: (gone: () => void) => void): void {
    this.#all.add(connection);
    whenGone(() => this.#all.delete(connection));
  }

  delete(connection: Open): void {
    this.#all.delete(connection);
  }

  associations(): Peer[] {
    const peers: Peer[] = [];
    for (const each of this.#all) if (each instanceof Connection && each.established) peers.push(each.peer);
    return peers;
  }

  checkDeadlines(now: EpochMs): void {
    for (const each of this.#all) each.checkDeadline(now);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((each) => each.close()));
  }
}
