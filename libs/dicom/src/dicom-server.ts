import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Clock, defaultPerAddress, type ServerTls } from '@voorrang/kernel';
import type { OnNormalized } from './answer-normalized.ts';
import type { OnRefused, OnStore } from './answer-store.ts';
import { Connection, type ConnectionDeps, type ConnectionLimits } from './connection.ts';
import type { DicomEvent } from './dicom-event.ts';
import { negotiate } from './negotiation.ts';
import { OpenConnections } from './open-connections.ts';
import type { PeerOperation } from './operations.ts';
import { type Peer, unnamedPeer } from './peer.ts';
import { decidePeer, type PeerDecision, type PeerRules } from './peer-rules.ts';
import { TlsGate } from './tls-handshake.ts';

export type DicomLimits = ConnectionLimits & {
  /** Associations at a time; one more is rejected as transient. */
  readonly associations: number;
  /**
   * Sockets at a time, with those that have not asked for an association yet. One more takes the place of the one that was silent for longest among
   * those without an association; where there is none, it is closed.
   */
  readonly connections: number;
  /** Of one address. Default: all but 8, so that nobody takes every place. */
  readonly perAddress: number;
};

export const defaultDicomLimits: DicomLimits = {
  pduBytes: 131_072,
  associateRequestBytes: 131_072,
  headerBytes: 256 << 10,
  commandBytes: 16 << 10,
  dataSetBytes: 1 << 20,
  queuedMessages: 4,
  artimMs: 30_000,
  idleMs: 300_000,
  // with ARTIM behind it: a peer whose network died holds its place for less than a minute
  stallMs: 25_000,
  progressMs: 60_000,
  progressBytes: 16 << 10,
  drainMs: 5_000,
  associations: 64,
  connections: 128,
  perAddress: defaultPerAddress(128),
};

export type DicomServerOptions = {
  readonly bind: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly limits?: Partial<DicomLimits>;
  /** Own AE title. With `anyCalledAe` an association to another title is accepted all the same. */
  readonly aeTitle: string;
  readonly anyCalledAe?: boolean;
  /** Asked at each association, so that the rules may change; absent: every peer may do everything. */
  readonly peers?: () => PeerRules;
  /** Absent: plain TCP. With it nothing else is spoken. */
  readonly tls?: ServerTls;
  /** Success is answered only after this resolves with `stored`. A rejection is answered as out of resources unless it is permanent. */
  readonly onStore: OnStore;
  /** Told of an object that is refused for what it is, before the refusal is answered; a rejection is answered as out of resources. */
  readonly onRefused?: OnRefused;
  /** IAN and MPPS; absent: they are not served. A rejection is answered as a want of resources unless it is permanent. */
  readonly onNormalized?: OnNormalized;
  readonly onEcho?: (peer: Peer) => Promise<void>;
  readonly onEvent?: (event: DicomEvent) => void;
  /** Names an instance that N-CREATE did not name; default: a UUID under 2.25 (PS3.5 §B.2). */
  readonly newUid?: () => string;
};

export interface DicomServer {
  listen(): Promise<void>;
  /** The port that is listened on; 0 before. */
  readonly port: number;
  readonly listening: boolean;
  readonly associations: number;
  /** New certificate for connections from now on; those that are open stay. Throws `VRG_CONFIG_INVALID` and keeps the old one when it does not fit. */
  updateTls(tls: ServerTls): void;
  /** Takes no more, answers the message in hand of each association if that is done within `drainMs`, aborts the rest. */
  close(): Promise<void>;
}

const sweepMs = 1_000;
/** A peer that is gone without a word is noticed by TCP (Linux asks ten more times, a second apart). */
const keepAliveMs = 30_000;

const everyPeer: PeerRules = { peers: [], unknown: 'accept', plaintextNeedsWaiver: false };
const uuidUid = (): string => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;

function connectionDeps(
  options: DicomServerOptions,
  limits: DicomLimits,
  open: OpenConnections,
  onEvent: (event: DicomEvent) => void,
): ConnectionDeps {
  const own = { title: options.aeTitle, any: options.anyCalledAe ?? false };
  const served: readonly PeerOperation[] =
    options.onNormalized === undefined ? ['echo', 'store'] : ['echo', 'store', 'ian', 'mpps'];
  const rulesNow = options.peers ?? (() => everyPeer);
  const decided = new WeakMap<Peer, { readonly rules: PeerRules; readonly decision: PeerDecision }>();
  // one look per association and change of the rules, not per object
  const decisionOf = (peer: Peer): PeerDecision => {
    const rules = rulesNow();
    const known = decided.get(peer);
    if (known?.rules === rules) return known.decision;
    const decision = decidePeer(rules, peer, own);
    decided.set(peer, { rules, decision });
    return decision;
  };
  return {
    clock: options.clock,
    limits,
    negotiate: (request, peer) => {
      const peers = open.associations();
      return negotiate(request, decisionOf(peer), {
        served,
        open: peers.length,
        openOfPeer: peers.filter(({ callingAe }) => callingAe === peer.callingAe).length,
        limit: limits.associations,
      });
    },
    mayDo: (peer, operation) => {
      const decision = decisionOf(peer);
      return decision.kind === 'accept' && decision.operations.includes(operation);
    },
    services: {
      onStore: options.onStore,
      onRefused: options.onRefused,
      onNormalized: options.onNormalized,
      onEcho: options.onEcho ?? (async () => {}),
      newUid: options.newUid ?? uuidUid,
    },
    onEvent,
  };
}

/** C-ECHO, C-STORE, IAN and MPPS acceptor that keeps headers only: memory does not grow with the objects. */
export function createDicomServer(options: DicomServerOptions): DicomServer {
  const { connections: most = defaultDicomLimits.connections } = options.limits ?? {};
  const limits: DicomLimits = { ...defaultDicomLimits, perAddress: defaultPerAddress(most), ...options.limits };
  const onEvent = options.onEvent ?? (() => {});
  const open = new OpenConnections(onEvent);
  const deps = connectionDeps(options, limits, open, onEvent);
  const gateOf = (tls: ServerTls): TlsGate =>
    new TlsGate(tls, {
      clock: options.clock,
      artimMs: limits.artimMs,
      onSecured: (handshake, socket, certificateSha256) => {
        open.delete(handshake);
        const connection = new Connection(socket, unnamedPeer(handshake.address, { certificateSha256 }), deps);
        open.add(connection, (gone) => socket.once('close', gone));
      },
      onRefused: ({ address }, reason, code) =>
        onEvent({
          kind: 'tls-refused',
          peer: unnamedPeer(address, undefined),
          reason,
          ...(code === undefined ? {} : { code }),
        }),
    });
  let gate = options.tls === undefined ? undefined : gateOf(options.tls);
  const stopped = new AbortController();
  let listening = false;

  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
    (socket: Socket) => {
      const address = socket.remoteAddress ?? '';
      if (stopped.signal.aborted) return void socket.destroy();
      if (!open.admit(socket, address, limits)) return;
      if (gate === undefined) {
        const connection = new Connection(socket, unnamedPeer(address, undefined), deps);
        open.add(connection, (gone) => socket.once('close', gone));
        return;
      }
      const handshake = gate.accept(socket, address);
      open.add(handshake, (gone) => handshake.onClose(gone));
    },
  );

  const sweep = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await options.clock.wait(sweepMs, stopped.signal);
      open.checkDeadlines(options.clock.now());
    }
  };

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.bind, () => {
          server.removeListener('error', reject);
          server.on('error', (error) => onEvent({ kind: 'failure', peer: unnamedPeer('', undefined), error }));
          listening = true;
          void sweep();
          resolve();
        });
      }),
    get port() {
      return (server.address() as AddressInfo | null)?.port ?? 0;
    },
    get listening() {
      return listening;
    },
    get associations() {
      return open.associations().length;
    },
    updateTls: (next) => {
      if (gate === undefined) throw new TypeError('the listener speaks plain TCP');
      gate = gateOf(next);
    },
    close: async () => {
      if (!listening) return;
      listening = false;
      stopped.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await open.close();
      await closed;
    },
  };
}
