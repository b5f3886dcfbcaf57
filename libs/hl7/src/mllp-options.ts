import {
  type AdmissionRefusal,
  type ClientCertificateDecision,
  type Clock,
  type DurationMs,
  defaultPerAddress,
  minutes,
  type ServerTls,
  seconds,
} from '@voorrang/kernel';
import { defaultMaxMessageBytes } from './mllp-framer.ts';

/** Who is at the other end, as far as the connection proves it: for sender lists and logs. Who it says it is stands in MSH-3 and MSH-4. */
export type MllpPeer = {
  readonly address: string;
  readonly port: number;
  readonly connection: number;
  readonly tls: boolean;
  /** SHA-256 of the verified client certificate in lower-case hex; `null` without one. */
  readonly certificateSha256: string | null;
};

/** Whether a peer may speak at all. `reason`: a word for metrics and logs, such as `address`. */
export type PeerDecision = { readonly kind: 'accept' } | { readonly kind: 'refuse'; readonly reason: string };

export type MllpLimits = {
  /** At the limit the connection that was silent for longest and never sent a whole message gives way; where there is none, the new one is refused. */
  readonly connections: number;
  /** Of one address. Default: all but 8, so that nobody takes every place. */
  readonly perAddress: number;
  readonly messageBytes: number;
  /** A connection without any byte for this long is closed; HL7 senders stay connected through quiet hours, so this is long. */
  readonly idleMs: DurationMs;
  /** A block that has begun must end within this time: a slow or broken sender does not hold a place. */
  readonly blockMs: DurationMs;
  /** The TLS handshake must be over within this time after the connection was made. */
  readonly handshakeMs: DurationMs;
  /** A connection that never sent a byte is closed after this time; a sender that connects again when it has something loses nothing. */
  readonly firstByteMs: DurationMs;
  /** An answer must be taken within this time. */
  readonly writeMs: DurationMs;
  /** What is in hand when the listener closes may be answered for this long. */
  readonly drainMs: DurationMs;
};

export const defaultMllpLimits: MllpLimits = {
  connections: 200,
  perAddress: defaultPerAddress(200),
  messageBytes: defaultMaxMessageBytes,
  idleMs: minutes(60),
  blockMs: seconds(45),
  handshakeMs: seconds(10),
  firstByteMs: seconds(30),
  writeMs: seconds(30),
  drainMs: seconds(5),
};

type CertificateRefusal = Extract<ClientCertificateDecision, { kind: 'refuse' }>['reason'];

/** For metrics and logs; nothing of any message is in it. */
export type MllpServerEvent =
  | {
      readonly kind:
        | 'opened'
        | `refused-${AdmissionRefusal | CertificateRefusal}`
        | 'evicted'
        | 'closed-slow-handshake'
        | 'closed-silent'
        | 'closed-idle'
        | 'closed-slow-block'
        | 'closed-not-reading';
      readonly peer: MllpPeer;
    }
  | { readonly kind: 'refused-peer'; readonly peer: MllpPeer; readonly reason: string }
  | {
      readonly kind: 'closed';
      readonly peer: MllpPeer;
      readonly skippedBytes: number;
      readonly abandonedBlocks: number;
    }
  | { readonly kind: 'failed'; readonly peer: MllpPeer; readonly error: unknown };

export type MllpServerOptions = {
  readonly bind: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly limits?: Partial<MllpLimits>;
  /** Absent: plain TCP. One listener speaks one of the two. */
  readonly tls?: ServerTls;
  /** Asked once per connection, before anything is read, with TLS after the handshake. Absent: everybody may speak. */
  readonly admit?: (peer: MllpPeer) => PeerDecision;
  /**
   * Handles one message and gives the answers to send, in order (see `acknowledge`). One call at a time per connection.
   * A rejection closes the connection without an answer: the sender keeps the message.
   */
  readonly onMessage: (bytes: Uint8Array, peer: MllpPeer) => Promise<readonly Uint8Array[]>;
  readonly observe?: (event: MllpServerEvent) => void;
};
