import {
  acknowledge,
  acknowledgeBatch,
  createMllpServer,
  type Hl7Header,
  type Hl7Problem,
  locationText,
  type MllpPeer,
  type MllpServer,
  splitBatch,
} from '@voorrang/hl7';
import type { ServerTls } from '@voorrang/kernel';
import { withSpan } from '@voorrang/platform';
import { type ListenerPlan, mayConnect } from '../../application/listener-rules.ts';
import type { MessageTaker, Taken, TakerLog } from '../../application/message-taker.ts';
import { type EdgeDeps, refusedConnections } from '../dicom/dicom-edge.ts';
import { type EdgeLogs, tellDurable, tellNotDurable } from '../episode-log.ts';
import { countOutOfOrder } from './out-of-order.ts';

/** The MLLP listeners; 0 is a port that is not there. */
export type MllpEdge = {
  readonly port: number;
  readonly tlsPort: number;
  listen(): Promise<void>;
  updateTls(tls: ServerTls): void;
  close(): Promise<void>;
};

type MllpEdgeDeps = Omit<EdgeDeps, 'spool'> & {
  readonly plan: ListenerPlan;
  readonly tls: ServerTls | undefined;
  readonly taker: () => MessageTaker;
};

/** HL7 v2 over MLLP, one message or one batch in a block: AA only after every fact is durable in the spool; AE for its content, AR for anything else. */
export function createMllpEdge(deps: MllpEdgeDeps): MllpEdge {
  const { config, clock, metrics, logs } = deps;
  const refused = refusedConnections(metrics);
  const answers = metrics.counter('voorrang_ingest_hl7_messages_total', 'HL7 messages, by type and outcome', [
    'type',
    'outcome',
  ]);
  const nextControlId = controlIds(clock.now());
  const noteOrder = countOutOfOrder(metrics);
  const answerOf = ({ header, outcome, style, as }: Taken, { tls }: MllpPeer): Uint8Array[] => {
    answers.inc({ type: typeLabel(header), outcome: as });
    if (header !== null && as !== 'unauthorised') {
      const { sendingApplication, sendingFacility } = header;
      deps.heard.message(sendingApplication, sendingFacility, { at: clock.now(), tls, sentTime: header.raw(7) });
      noteOrder(header);
    }
    return acknowledge(header, outcome, { ...style, nextControlId, at: clock.now() });
  };
  const take = (messages: readonly Uint8Array[], peer: MllpPeer, fault?: Hl7Problem) => {
    const { address: remoteAddress, tls, certificateSha256 } = peer;
    return withSpan('ingest.hl7.message', { kind: 'server', parent: undefined }, () =>
      deps.taker().take(messages, { remoteAddress, tls, certificateSha256 }, fault),
    );
  };
  const onMessage = async (bytes: Uint8Array, peer: MllpPeer): Promise<readonly Uint8Array[]> => {
    const batch = splitBatch(bytes);
    if (batch === null) return (await take([bytes], peer)).flatMap((taken) => answerOf(taken, peer));
    const { messages, problem } = batch;
    // What holds no message at all is kept as it came.
    const parts = messages.length === 0 && problem !== null ? [bytes] : messages.map((each) => each.bytes);
    const taken = await take(parts, peer, problem ?? undefined);
    const perMessage = taken.map((each) => answerOf(each, peer));
    return acknowledgeBatch(batch, perMessage, { nextControlId, at: clock.now() });
  };
  const server = (port: number, tls: ServerTls | undefined): MllpServer =>
    createMllpServer({
      bind: config.bind,
      port,
      clock,
      limits: { connections: config.limits.mllpConnections, messageBytes: config.limits.hl7MessageBytes },
      ...(tls === undefined ? {} : { tls }),
      admit: ({ address, tls: isSecure, certificateSha256 }) => {
        const speaker = { remoteAddress: address, tls: isSecure, certificateSha256 };
        const isKnown = mayConnect(deps.protocol.senders, speaker, deps.plan.rules);
        return isKnown ? { kind: 'accept' } : { kind: 'refuse', reason: 'origin' };
      },
      onMessage,
      observe: ({ kind, peer: { address }, ...event }) => {
        if (kind === 'opened' || kind === 'closed') return;
        const error = 'error' in event ? event.error : undefined;
        logs.connections.happened(`hl7 ${kind}`, 'an MLLP connection was refused or ended early', { address }, error);
        if (kind === 'evicted' || kind.startsWith('refused-'))
          refused.inc({ protocol: 'hl7', reason: kind.replace('refused-', '') });
      },
    });
  const plain = deps.plan.plaintext ? server(config.mllpPort, undefined) : undefined;
  const secure = deps.tls && config.mllpTlsPort !== undefined ? server(config.mllpTlsPort, deps.tls) : undefined;
  const ports = { plain: 0, secure: 0 };
  return {
    get port() {
      return ports.plain;
    },
    get tlsPort() {
      return ports.secure;
    },
    listen: async () => {
      ports.plain = (await plain?.start())?.port ?? 0;
      ports.secure = (await secure?.start())?.port ?? 0;
    },
    updateTls: (tls) => secure?.reloadTls(tls),
    close: async () => {
      await Promise.all([plain?.close(), secure?.close()]);
      ports.plain = 0;
      ports.secure = 0;
    },
  };
}

/** What the taker tells, in the logs and metrics of the edges. */
export function takerLog({
  logger,
  metrics,
  logs,
}: Pick<EdgeDeps, 'logger' | 'metrics'> & { readonly logs: EdgeLogs }): TakerLog {
  const refused = refusedConnections(metrics);
  return {
    refused: (outcome, problems) => {
      const places = problems.slice(0, 10).map(({ location, condition }) => `${locationText(location)}:${condition}`);
      logger.warn('an HL7 message was not taken', { outcome, places });
    },
    unauthorised: (reason, address) => {
      refused.inc({ protocol: 'hl7', reason: `sender-${reason}` });
      logs.connections.happened(`hl7 sender ${reason}`, 'a sender that may not speak was refused', { address });
    },
    unexpected: (thrown) => logger.error('an HL7 message met an unexpected error', thrown),
    withoutControlId: () =>
      logs.connections.happened('hl7 no control id', 'messages without a control id: repeats cannot be told', {}),
    durable: () => tellDurable(logs),
    notDurable: (thrown) => tellNotDurable(logs, thrown, { sender: 'hl7' }),
  };
}

const knownTypes: ReadonlySet<string> = new Set(['ADT', 'ORM', 'OMI', 'OMG', 'ORU']);
const typeLabel = (header: Hl7Header | null): string =>
  header !== null && knownTypes.has(header.messageType) ? header.messageType : 'other';

/** Control ids of at most 20 characters that no other start of the process gives: start time and a counter. */
function controlIds(startedAt: number): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${startedAt.toString(36)}-${count.toString(36)}`.toUpperCase();
  };
}
