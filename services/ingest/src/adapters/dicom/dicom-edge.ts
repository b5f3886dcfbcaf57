import type { FactSpool } from '@voorrang/bus';
import {
  createDicomServer,
  type DicomEvent,
  type DicomServer,
  dicomStatuses,
  type RefusedObject,
  type StoredObject,
} from '@voorrang/dicom';
import { type Clock, faultPoint, type OpaqueKeys, type ServerTls, seconds, toVoorrangError } from '@voorrang/kernel';
import { currentTraceparent, type Logger, type Metrics, withSpan } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import type { EvidenceClaims } from '../../application/evidence-claims.ts';
import { dicomSource } from '../../application/fact-of-object.ts';
import { type ListenerPlan, peerRules } from '../../application/listener-rules.ts';
import type { QuarantineKeeper } from '../../application/quarantine-keeper.ts';
import { quarantinedObject } from '../../application/quarantined-object.ts';
import { senderOfImages } from '../../application/senders.ts';
import { takeObject } from '../../application/take-object.ts';
import type { Heard } from '../../application/watch/listening.ts';
import type { IngestConfig } from '../../config.ts';
import { type EdgeLogs, tellDurable, tellNotDurable } from '../episode-log.ts';
import { createNormalizedEdge, type NormalizedDeps } from './normalized-edge.ts';

export type EdgeDeps = {
  readonly config: IngestConfig;
  readonly clock: Clock;
  readonly keys: OpaqueKeys;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly protocol: Pick<Protocol, 'senders' | 'sites'>;
  readonly spool: FactSpool;
  readonly logs: EdgeLogs;
  readonly heard: Heard;
  readonly claims: EvidenceClaims;
};

/** Counts connections that had to go or could not come, of either edge. */
export const refusedConnections = (metrics: Metrics) =>
  metrics.counter('voorrang_ingest_connections_refused_total', 'connections refused or evicted at a limit', [
    'protocol',
    'reason',
  ]);

/** The DICOM listeners; 0 is a port that is not there. */
export type DicomEdge = {
  readonly port: number;
  readonly tlsPort: number;
  listen(): Promise<void>;
  updateTls(tls: ServerTls): void;
  close(): Promise<void>;
};

type DicomEdgeDeps = EdgeDeps &
  Pick<NormalizedDeps, 'steps'> & {
    readonly plan: ListenerPlan;
    readonly tls: ServerTls | undefined;
    readonly quarantine: () => QuarantineKeeper;
  };

/** C-ECHO, C-STORE, IAN and MPPS: an object is answered with success only after its fact is durable in the spool. */
export function createDicomEdge(deps: DicomEdgeDeps): DicomEdge {
  const { config, clock, keys, protocol } = deps;
  const store = async (object: StoredObject): Promise<'stored'> => {
    const sender = senderOfImages(protocol.senders, object.peer.callingAe, config.site);
    const attributes = { site: sender.site, evidence: object.header.isEvidence };
    await withSpan('ingest.dicom.store', { kind: 'server', parent: undefined, attributes }, () =>
      takeObject(object, { sender, source: dicomSource, traceparent: currentTraceparent() }, deps),
    );
    tellDurable(deps.logs);
    heardImages(deps, object);
    faultPoint('wire.dicom.before-answer');
    return 'stored';
  };
  const onRefused = async (object: RefusedObject): Promise<void> => {
    if (!keptStatuses.has(object.status)) return;
    const sender = senderOfImages(protocol.senders, object.peer.callingAe, config.site);
    await deps.quarantine().keep(quarantinedObject(object, { sender, at: clock.now(), keys }));
  };
  const rules = peerRules(protocol.senders, deps.plan.rules);
  const server = (port: number, tls: ServerTls | undefined): DicomServer =>
    createDicomServer({
      bind: config.bind,
      port,
      aeTitle: config.aeTitle,
      anyCalledAe: config.anyCalledAe,
      clock,
      limits: {
        associations: config.limits.associations,
        connections: config.limits.associations * 2,
        idleMs: seconds(config.limits.dicomIdleSeconds),
      },
      peers: () => rules,
      ...(tls === undefined ? {} : { tls }),
      onStore: store,
      onRefused,
      onNormalized: createNormalizedEdge({ ...deps, site: config.site }),
      onEvent: observer(deps),
    });
  const plain = deps.plan.plaintext ? server(config.dicomPort, undefined) : undefined;
  const secure = deps.tls && config.dicomTlsPort !== undefined ? server(config.dicomTlsPort, deps.tls) : undefined;
  return {
    get port() {
      return plain?.listening ? plain.port : 0;
    },
    get tlsPort() {
      return secure?.listening ? secure.port : 0;
    },
    listen: async () => {
      await plain?.listen();
      await secure?.listen();
    },
    updateTls: (tls) => secure?.updateTls(tls),
    close: async () => {
      await Promise.all([plain?.close(), secure?.close()]);
    },
  };
}

/** Refused for what the object is: nobody but its sender would hear of it. */
const keptStatuses: ReadonlySet<number> = new Set([dicomStatuses.cannotUnderstand, dicomStatuses.sopClassMismatch]);

export const heardImages = (
  { heard, clock }: Pick<EdgeDeps, 'heard' | 'clock'>,
  { peer, header }: StoredObject,
): void =>
  heard.images(peer.callingAe, {
    at: clock.now(),
    tls: peer.tls,
    acquired: { seriesInstanceUid: header.seriesInstanceUid, time: header.acquiredAt },
  });

/** Counts and logs what happens on the wire. An AE title is logged only when the protocol names it: any other is text of a stranger. */
function observer({ protocol, logger, metrics, logs, heard, clock }: EdgeDeps): (event: DicomEvent) => void {
  const answers = metrics.counter('voorrang_ingest_dicom_answers_total', 'DIMSE answers, by operation and status', [
    'operation',
    'status',
  ]);
  const bytes = metrics.counter('voorrang_ingest_dicom_bytes_total', 'bytes of data sets received');
  const ended = metrics.counter('voorrang_ingest_dicom_associations_total', 'associations, by how they ended', ['end']);
  const refused = refusedConnections(metrics);
  const isRegistered = (title: string) => protocol.senders.dicom.some(({ callingAe }) => callingAe === title);
  const named = ({ callingAe, remoteAddress }: DicomEvent['peer']) => ({
    sender: isRegistered(callingAe) ? callingAe : 'unregistered',
    address: remoteAddress,
  });
  return (event) => {
    switch (event.kind) {
      case 'association-accepted':
        heard.images(event.peer.callingAe, { at: clock.now(), tls: event.peer.tls });
        if (!isRegistered(event.peer.callingAe))
          logger.warn(
            'the protocol names no such DICOM sender: its images get the site and authority of the fallback',
            named(event.peer),
          );
        return;
      case 'connection-refused':
        refused.inc({ protocol: 'dicom', reason: event.reason });
        logs.connections.happened(`dicom ${event.reason}`, 'a DICOM connection was refused', named(event.peer));
        return;
      case 'association-rejected':
        logs.connections.happened(`dicom ${event.reason}`, 'DICOM association rejected', {
          ...named(event.peer),
          reason: event.reason,
        });
        return;
      case 'tls-refused':
        refused.inc({ protocol: 'dicom', reason: event.reason });
        logs.connections.happened(`dicom tls ${event.reason}`, 'a DICOM connection did not get to TLS', {
          ...named(event.peer),
          reason: event.code ?? event.reason,
        });
        return;
      case 'answered':
        answers.inc({ operation: event.operation, status: event.outcome.status.toString(16).padStart(4, '0') });
        bytes.inc(event.bytes);
        if (event.outcome.error !== undefined) {
          const fields = { ...named(event.peer), status: event.outcome.status.toString(16) };
          if (toVoorrangError(event.outcome.error).kind === 'permanent') {
            logger.error('a DICOM object was not taken', event.outcome.error, fields);
          } else tellNotDurable(logs, event.outcome.error, fields);
        }
        return;
      case 'ended':
        ended.inc({ end: event.end });
        if (event.end === 'released' || event.end === 'server-closed') return;
        if (event.end === 'evicted') refused.inc({ protocol: 'dicom', reason: event.end });
        logs.connections.happened(`dicom ${event.end}`, 'DICOM association ended early', {
          ...named(event.peer),
          reason: event.abort?.what,
        });
        return;
      case 'failure':
        logger.error('DICOM listener', event.error, named(event.peer));
    }
  };
}
