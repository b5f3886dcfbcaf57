import type { ReceiptSink, Spool } from '@voorrang/bus';
import { days, hours, minutes, VoorrangError } from '@voorrang/kernel';
import type { ServiceContext } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import { type Database, startLoop } from '@voorrang/sql';
import type { IngestSchema } from './adapters/sql/schema.ts';
import { sqlQuarantine } from './adapters/sql/sql-quarantine.ts';
import { sqlReceipts } from './adapters/sql/sql-receipts.ts';
import { MessageTaker, type TakerLog } from './application/message-taker.ts';
import { QuarantineDesk } from './application/quarantine-desk.ts';
import { QuarantineKeeper } from './application/quarantine-keeper.ts';
import { ReceiptBook } from './application/receipt-book.ts';
import { sortReceipts } from './application/receipts-of-spool.ts';
import { defaultQuarantineLimits } from './domain/quarantine.ts';
import { defaultReceiptLimits } from './domain/receipts.ts';
import type { ListenerRules } from './domain/sender-rules.ts';

/** What the edges need between the wire and the spool: what was taken before, and where to put what cannot be taken. */
export type Reception = {
  readonly keeper: QuarantineKeeper;
  readonly desk: QuarantineDesk;
  readonly taker: MessageTaker;
  readonly onReceipts: ReceiptSink;
  stop(): Promise<void>;
};

type ReceptionContext = ServiceContext & {
  readonly spool: Pick<Spool, 'accept' | 'health' | 'receipts' | 'receiptsLetGo'>;
  readonly protocol: Pick<Protocol, 'senders' | 'sites'>;
};

export type ReceptionOptions = {
  readonly context: ReceptionContext;
  readonly database: Database<IngestSchema>;
  readonly site: string;
  /** For the MLLP listeners. */
  readonly rules: ListenerRules;
  readonly log: TakerLog;
  /** There are events in the outbox. */
  readonly onTold: () => void;
};

/** Entries that were dealt with stay to be looked up for so long. */
const keepResolvedMs = days(30);
const lookMs = minutes(1);
const purgeMs = hours(1);

/** Reads what is known back, from the database and from the spool, before any message comes. */
export async function openReception({
  context,
  database,
  site,
  rules,
  log,
  onTold,
}: ReceptionOptions): Promise<Reception> {
  const { clock, keys, logger, metrics, protocol, spool } = context;
  const store = sqlQuarantine(database, { limits: defaultQuarantineLimits, keys, clock });
  const receiptStore = sqlReceipts(database);
  const receipts = new ReceiptBook(defaultReceiptLimits);
  const gaveWay = metrics.counter(
    'voorrang_ingest_quarantine_gave_way_total',
    'quarantined entries that gave way to newer ones at a bound, by the state they were in',
    ['state'],
  );
  const held = metrics.gauge('voorrang_ingest_quarantine', 'entries of the quarantine, by state', ['state']);
  const letGo = metrics.gauge(
    'voorrang_ingest_receipts_let_go',
    'records of the spool whose receipts were let go because the database was away for too long',
  );
  const keeper = new QuarantineKeeper(store, (gone) => {
    onTold();
    for (const [state, count] of Object.entries(gone)) {
      gaveWay.inc({ state }, count);
      logger.warn('quarantined entries gave way to newer ones', { state, count });
    }
  });
  for (const receipt of await receiptStore.newest(defaultReceiptLimits.count)) receipts.note(receipt);
  for await (const waiting of spool.receipts())
    for (const receipt of sortReceipts(waiting).taken) receipts.note(receipt);
  await keeper.load();

  const about = { site, clock, keys, protocol, spool, receipts };
  let purgedAt = 0;
  const loop = startLoop({
    name: 'ingest quarantine',
    clock,
    logger,
    round: async () => {
      const now = clock.now();
      letGo.set(spool.receiptsLetGo);
      for (const [state, count] of Object.entries(await store.counts())) held.set({ state }, count);
      if (now - purgedAt >= purgeMs) {
        await store.purge(now - keepResolvedMs);
        await receiptStore.purge(now - defaultReceiptLimits.repeatedWithinMs, defaultReceiptLimits.count);
        purgedAt = now;
      }
      return { waitMs: lookMs };
    },
  });
  return {
    keeper,
    desk: new QuarantineDesk({ ...about, store, keeper, onTold }),
    taker: new MessageTaker({ ...about, rules, quarantine: keeper, log }),
    onReceipts: async (batch) => {
      const { taken, flagged } = sortReceipts(batch);
      await receiptStore.keep(taken);
      for (const entry of flagged) await keeper.keep(entry);
    },
    stop: () => loop.stop(),
  };
}

/** Until the service has started. */
export const present = (reception: Reception | undefined): Reception => {
  if (reception === undefined) throw new VoorrangError('VRG_UNAVAILABLE');
  return reception;
};
