import type { FactSpool } from '@voorrang/bus';
import { createDicomServer, type DicomEvent, type DicomServer, type StoredObject } from '@voorrang/dicom';
import { type Clock, faultPoint, type OpaqueKeys, seconds, toVoorrangError } from '@voorrang/kernel';
import { currentTraceparent, type Logger, type Metrics, withSpan } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import { factOfObject } from '../../application/fact-of-object.ts';
import { senderOfImages } from '../../application/senders.ts';
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
};

/** Counts connections that had to go or could not come, of either edge. */
export const refusedConnections = (metrics: Metrics) =>
  metrics.counter('voorrang_ingest_connections_refused_total', 'connections refused or evicted at a limit', [
    'protocol',
    'reason',
  ]);

/** C-ECHO, C-STORE, IAN and MPPS: an object is answered with success only after its fact is durable in the spool. */
export function createDicomEdge(deps: EdgeDeps & Pick<NormalizedDeps, 'steps'>): DicomServer {
  const { config, clock, keys, protocol, spool } = deps;
  const store = async (object: StoredObject): Promise<'stored'> => {
    const sender = senderOfImages(protocol.senders, object.peer.callingAe, config.site);
    const attributes = { site: sender.site, evidence: object.header.isEvidence };
    await withSpan('ingest.dicom.store', { kind: 'server', parent: undefined, attributes }, () =>
      spool.accept([factOfObject(object, { sender, keys, traceparent: currentTraceparent() })]),
    );
    tellDurable(deps.logs);
    faultPoint('wire.dicom.before-answer');
    return 'stored';
  };
  return createDicomServer({
    bind: config.bind,
    port: config.dicomPort,
    aeTitle: config.aeTitle,
    anyCalledAe: config.anyCalledAe,
    clock,
    limits: {
      associations: config.limits.associations,
      connections: config.limits.associations * 2,
      idleMs: seconds(config.limits.dicomIdleSeconds),
    },
    onStore: store,
    onNormalized: createNormalizedEdge({ ...deps, site: config.site }),
    onEvent: observer(deps),
  });
}

/** Counts and logs what happens on the wire. An AE title is logged only when the protocol names it: any other is text of a stranger. */
function observer({ protocol, logger, metrics, logs }: EdgeDeps): (event: DicomEvent) => void {
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
        logs.connections.happened(`dicom ${event.rejection}`, 'DICOM association rejected', named(event.peer));
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
