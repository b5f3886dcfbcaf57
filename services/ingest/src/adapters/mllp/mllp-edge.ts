import {
  acknowledge,
  createMllpServer,
  type Hl7Header,
  locationText,
  type MappedMessage,
  type MllpServer,
  mapMessage,
  type Outcome,
  outcomeOf,
  parseMessage,
  problem,
  readHeader,
} from '@voorrang/hl7';
import { toVoorrangError } from '@voorrang/kernel';
import { currentTraceparent, withSpan } from '@voorrang/platform';
import { senderOfMessages } from '../../application/senders.ts';
import { type EdgeDeps, refusedConnections } from '../dicom/dicom-edge.ts';
import { tellDurable, tellNotDurable } from '../episode-log.ts';

export const hl7Source = 'ingest/mllp';

type Refusal = Exclude<Outcome, { kind: 'accept' }>;

/** What became of a message, and the header to answer with. */
type Taken = { readonly header: Hl7Header | null; readonly outcome: Outcome };

/** HL7 v2 over MLLP: AA only after every fact of the message is durable in the spool; AE for its content, AR for anything else. */
export function createMllpEdge(deps: EdgeDeps): MllpServer {
  const { config, clock, metrics, logs } = deps;
  const refused = refusedConnections(metrics);
  const answers = metrics.counter('voorrang_ingest_hl7_messages_total', 'HL7 messages, by type and outcome', [
    'type',
    'outcome',
  ]);
  const nextControlId = controlIds(clock.now());
  return createMllpServer({
    bind: config.bind,
    port: config.mllpPort,
    clock,
    limits: { connections: config.limits.mllpConnections, messageBytes: config.limits.hl7MessageBytes },
    onMessage: async (bytes) => {
      const { header, outcome } = await withSpan('ingest.hl7.message', { kind: 'server', parent: undefined }, () =>
        take(bytes, deps),
      );
      answers.inc({ type: typeLabel(header), outcome: outcome.kind });
      return acknowledge(header, outcome, { nextControlId, at: clock.now() });
    },
    observe: ({ kind, peer: { address }, ...event }) => {
      if (kind === 'opened' || kind === 'closed') return;
      const error = 'error' in event ? event.error : undefined;
      logs.connections.happened(`hl7 ${kind}`, 'an MLLP connection was refused or ended early', { address }, error);
      if (kind === 'evicted' || kind.startsWith('refused-')) {
        refused.inc({ protocol: 'hl7', reason: kind.replace('refused-', '') });
      }
    },
  });
}

/** Never rejects: a message that meets a mistake of ours is answered too, or its sender would send it for ever and nothing behind it. */
async function take(bytes: Uint8Array, deps: EdgeDeps): Promise<Taken> {
  const header = readHeader(bytes);
  let mapped: ReturnType<typeof read>;
  try {
    mapped = read(bytes, header, deps);
  } catch (thrown) {
    deps.logger.error('an HL7 message met an unexpected error', thrown);
    return { header, outcome: { kind: 'refuse', problems: [problem(207, null, 'the message cannot be processed')] } };
  }
  if ('outcome' in mapped) {
    logRefusal(deps, mapped.outcome);
    return { header, outcome: mapped.outcome };
  }
  const traceparent = currentTraceparent();
  const facts = mapped.events.map((event) => (traceparent === undefined ? event : { ...event, traceparent }));
  try {
    if (facts.length > 0) {
      await deps.spool.accept(facts);
      tellDurable(deps.logs);
    }
  } catch (thrown) {
    tellNotDurable(deps.logs, thrown, { sender: 'hl7' });
    return { header, outcome: { kind: 'reject', problems: [problem(207, null, toVoorrangError(thrown).code)] } };
  }
  return { header, outcome: { kind: 'accept', warnings: mapped.warnings } };
}

function read(
  bytes: Uint8Array,
  header: Hl7Header | null,
  deps: EdgeDeps,
): MappedMessage | { readonly outcome: Refusal } {
  const { config, clock, keys, protocol } = deps;
  const { sendingApplication = '', sendingFacility = '' } = header ?? {};
  const sender = senderOfMessages(protocol, sendingApplication, sendingFacility, config.site);
  const parsed = parseMessage(bytes, { defaultCharset: sender.charset });
  if (!parsed.ok) return { outcome: outcomeOf([parsed.error.problem]) };
  const { site, authority, timeZone } = sender;
  const mapped = mapMessage(parsed.value, {
    site,
    authority,
    timeZone,
    receivedAt: clock.now(),
    keys,
    source: hl7Source,
  });
  return mapped.ok ? mapped.value : { outcome: outcomeOf(mapped.error) };
}

function logRefusal({ logger }: EdgeDeps, outcome: Refusal): void {
  const places = outcome.problems.map(({ location, condition }) => `${locationText(location)}:${condition}`);
  logger.warn('an HL7 message was not taken', { outcome: outcome.kind, places: places.slice(0, 10) });
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
