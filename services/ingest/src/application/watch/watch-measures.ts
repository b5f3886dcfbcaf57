import { operationKinds } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { Logger, Metrics } from '@voorrang/platform';
import type { OperationChange, SenderState, StoredOperation } from './ports.ts';
import type { WatchedSenders } from './watched-senders.ts';

/** Log lines and metrics of what did not come. Labels are the senders that the protocol names, so a closed set. */
export function watchMeasures(
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
  senders: WatchedSenders,
) {
  const open = metrics.gauge('voorrang_ingest_operations_open', 'what open notices to operators count', [
    'kind',
    'site',
  ]);
  const silent = metrics.gauge('voorrang_ingest_sender_silent', '1 while a sender is silent beyond its rhythm', [
    'sender',
  ]);
  const heard = metrics.gauge('voorrang_ingest_sender_last_heard_seconds', 'when a sender was last heard, Unix time', [
    'sender',
  ]);
  const skew = metrics.gauge('voorrang_ingest_sender_clock_skew_seconds', 'clock of a sender minus ours, the median', [
    'sender',
  ]);
  return {
    /** Tells what changed; gauges are set from what is stored, so a restart shows what stood before. */
    told: async (
      changes: readonly OperationChange[],
      read: () => Promise<readonly StoredOperation[]>,
    ): Promise<void> => {
      for (const { what, ...fields } of changes) {
        if (what === 'raised') logger.error('operations notice', undefined, fields);
        else logger.info(what === 'cleared' ? 'operations notice is over' : 'operations notice changed', fields);
      }
      const stored = (await read()).filter(({ clearedAt }) => clearedAt === null);
      open.reset();
      for (const kind of operationKinds) {
        const sites = new Set(stored.filter((one) => one.kind === kind).map(({ site }) => site));
        for (const site of sites) {
          const mine = stored.filter((one) => one.kind === kind && one.site === site);
          open.set(
            { kind, site },
            mine.reduce((sum, { count }) => sum + count, 0),
          );
        }
      }
    },
    heard: (sender: string, at: EpochMs): void => heard.set({ sender }, at / 1000),
    senders: (states: readonly SenderState[]): void => {
      for (const state of states) {
        if (!senders.byId.has(state.sender)) continue;
        const label = { sender: state.sender };
        silent.set(label, Number(state.silentSince !== null));
        if (state.clockSkewMs !== null) skew.set(label, state.clockSkewMs / 1000);
      }
    },
  };
}
