import { type EventBus, type ParkingStore, runEvents, type Subscription } from '@voorrang/bus';
import { eventTypes, type Topic, topicNames } from '@voorrang/contracts';
import { type EpochMs, seconds, toVoorrangError } from '@voorrang/kernel';
import { type HealthPart, type ServiceContext, withSpan } from '@voorrang/platform';
import { dueAt, type Protocol } from '@voorrang/protocol';
import { rowSearchTokens, type WorklistWriter } from '@voorrang/worklist-store';
import { initialState, restorePart, snapshotParts, snapshotVersion, type WorklistState } from '../domain/index.ts';
import { policyActivation, publishActivation } from './activate-policy.ts';
import { type Measures, measuresOf } from './measures.ts';
import { onFacts } from './on-facts.ts';
import { parkedMarkOf } from './parked-mark.ts';
import type { Schedule, SnapshotHeader, Snapshots } from './ports.ts';
import { Projector } from './projector.ts';
import { ProtocolBook } from './protocol-book.ts';

export const serviceName = 'prioritisation';
/** Everything but consult paths, which never change a rank. */
const topics: readonly Topic[] = topicNames.filter((topic) => topic !== 'consult');
const retryMs = seconds(1);
/** Heads are asked for at every tick while there is something to read, else this often. */
const lagEveryMs = seconds(10);

export type RunningDeps = ServiceContext & {
  readonly bus: EventBus;
  readonly store: WorklistWriter;
  readonly protocol: Protocol;
  readonly parking: ParkingStore;
  readonly snapshots: Snapshots;
  readonly newEpoch: () => string;
  readonly breathe: () => Promise<void>;
};

/** One life of the service, from start to stop. */
export class Running {
  readonly #config: Schedule;
  readonly #deps: RunningDeps;
  readonly #measures: Measures;
  readonly #protocols: ProtocolBook;
  readonly #ending = new AbortController();
  #projector: Projector;
  #subscription: Subscription | undefined;
  #known: SnapshotHeader | undefined;
  #background: Promise<unknown> = Promise.resolve();
  #sinceSnapshot = { facts: 0, at: 0 };
  #saving: Promise<void> | undefined;
  #trouble: string | undefined;
  #lag: number | undefined;

  constructor(config: Schedule, deps: RunningDeps) {
    this.#config = config;
    this.#deps = { ...deps, logger: deps.logger.child({ service: serviceName }) };
    this.#measures = measuresOf(deps.metrics);
    this.#protocols = new ProtocolBook(deps.protocol, this.#deps.logger);
    this.#projector = this.#newProjector(initialState(deps.keys), {});
  }

  /** Begins; bus, store and parking may still be away, then health says so until they are there. */
  start(): void {
    this.#sinceSnapshot.at = this.#deps.clock.now();
    this.#background = Promise.all([this.#bringUp(), this.#tick()]);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#subscription?.stop();
    await this.#background;
    await this.#saving;
    if (this.#sinceSnapshot.facts > 0) await this.#save();
  }

  health(): Readonly<Record<string, HealthPart>> {
    const { phase, unprojected } = this.#projector;
    const consuming = this.#subscription?.state;
    const stalled = consuming?.status === 'stalled' || consuming?.status === 'stopped';
    const detail = stalled ? `${consuming.status} ${consuming.error?.code ?? ''}`.trim() : (this.#trouble ?? phase);
    const lag = this.#lag ? `, ${this.#lag} positions behind` : '';
    const shown = unprojected > 0 ? `, ${unprojected} studies shown as unprocessed: their projection fails` : '';
    return { projection: { ok: phase === 'current' && !stalled, detail: `${detail}${lag}${shown}` } };
  }

  async #begin(): Promise<Subscription> {
    await this.#restore();
    for (const parked of await this.#deps.parking.list(serviceName)) this.#projector.park(parkedMarkOf(parked));
    return this.#subscribe();
  }

  /** The snapshot, when there is one of this log. */
  async #restore(): Promise<void> {
    const { snapshots, bus, keys, logger, clock } = this.#deps;
    const begun = clock.now();
    const read = await snapshots.read().catch(() => ({ kind: 'unusable' as const, why: 'unreadable' }));
    if (read.kind === 'unusable')
      logger.warn('the snapshot cannot be used; everything is folded anew', { why: read.why });
    if (read.kind !== 'snapshot') return;
    const heads = await bus.heads(topics);
    const ofThisLog = Object.entries(read.header.positions).every(([at, next]) => next <= (heads[at] ?? 0));
    if (read.header.fingerprint !== fingerprint(keys) || !ofThisLog) {
      logger.warn('the snapshot is of another log or program; everything is folded anew');
      return;
    }
    const state = initialState(keys);
    let parts = 0;
    for (const part of read.parts) {
      restorePart(state, part);
      parts += 1;
    }
    for (const activated of state.policies) this.#protocols.note(activated);
    this.#projector = this.#newProjector(state, read.header.positions);
    this.#known = read.header;
    logger.info('snapshot restored', { parts, ms: clock.now() - begun });
  }

  #newProjector(state: WorklistState, positions: SnapshotHeader['positions']): Projector {
    const { store, clock, keys, newEpoch, breathe } = this.#deps;
    const { byHash, current } = this.#protocols;
    const searchTokens = (site: string, row: Parameters<typeof rowSearchTokens>[2]) => rowSearchTokens(keys, site, row);
    return new Projector(state, positions, {
      store,
      clock,
      newEpoch,
      breathe,
      contextAt: (now: EpochMs) => ({ now, protocols: byHash, current, dueAt, searchTokens }),
      onRebuilt: (documents) => {
        this.#measures.rebuilt();
        this.#deps.logger.info('worklist rebuilt', { documents });
      },
      onUnprojected: (studyId, error) =>
        this.#deps.logger.error('a study cannot be projected and is shown as unprocessed', error, { studyId }),
    });
  }

  /** Reads up to the heads, sees to the policy in force, takes over the store. Again and again until it works or the service ends. */
  async #bringUp(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        this.#subscription ??= await this.#begin();
        await this.#subscription.caughtUp(signal);
        await this.#activatePolicy(this.#subscription, signal);
        if (signal.aborted) return;
        const known = this.#known?.epoch ? { epoch: this.#known.epoch, savedAt: this.#known.savedAt } : undefined;
        await this.#projector.takeOver(known);
        this.#trouble = undefined;
        return;
      } catch (thrown) {
        if (signal.aborted || this.#projector.phase === 'fenced') return;
        this.#trouble = toVoorrangError(thrown).code;
        this.#deps.logger.warn('the worklist cannot be brought up yet', { code: this.#trouble });
        await this.#deps.clock.wait(retryMs, signal);
      }
    }
  }

  #subscribe(): Promise<Subscription> {
    const { bus, parking, clock, logger, metrics } = this.#deps;
    return runEvents({
      bus,
      group: serviceName,
      topics,
      startAt: async () => this.#projector.positions,
      parking,
      clock,
      logger,
      metrics,
      mode: 'batch',
      handle: onFacts({
        projector: this.#projector,
        protocols: this.#protocols,
        clock,
        measures: this.#measures,
        onFolded: (count) => {
          this.#sinceSnapshot.facts += count;
        },
      }),
      onParked: async (parked) => this.#projector.park(parkedMarkOf(parked)),
      around: (records, work) =>
        withSpan('worklist.facts', { kind: 'consumer', parent: records[0]?.headers.traceparent }, work),
    });
  }

  async #activatePolicy(subscription: Subscription, signal: AbortSignal): Promise<void> {
    const { protocol, clock, keys, bus, logger } = this.#deps;
    const activation = policyActivation(protocol, this.#projector.state.policies, clock.now(), keys);
    if (activation === undefined) return;
    await publishActivation(bus, activation);
    await subscription.caughtUp(signal);
    logger.info('policy activated', { hash: protocol.hash });
  }

  /** Changes by time, snapshots that are due, the lag. */
  async #tick(): Promise<void> {
    const { clock, logger } = this.#deps;
    const { signal } = this.#ending;
    let lagAt = 0;
    while (!signal.aborted) {
      await clock.wait(this.#config.sweepEveryMs, signal);
      if (signal.aborted) return;
      if (this.#projector.phase === 'fenced') {
        logger.error('another writer of the worklist has taken over; this one has stopped');
        await this.#subscription?.stop();
        return;
      }
      await this.#projector.sweep().catch((thrown) => {
        logger.warn('the worklist could not be written', { code: toVoorrangError(thrown).code });
      });
      this.#measures.documents(this.#projector.documents);
      if (this.#snapshotIsDue()) this.#saving ??= this.#save().finally(() => (this.#saving = undefined));
      if (this.#lag !== 0 || clock.now() - lagAt >= lagEveryMs) {
        lagAt = clock.now();
        await this.#measureLag();
      }
    }
  }

  #snapshotIsDue(): boolean {
    const { facts, at } = this.#sinceSnapshot;
    if (facts === 0 || this.#projector.phase !== 'current') return false;
    return facts >= this.#config.snapshotEveryFacts || this.#deps.clock.now() - at >= this.#config.snapshotEveryMs;
  }

  /** Positions are noted first; what is folded while the parts are read may be in it and is folded again, which changes nothing. */
  async #save(): Promise<void> {
    const { snapshots, clock, keys, logger } = this.#deps;
    const facts = this.#sinceSnapshot.facts;
    const savedAt = clock.now();
    const { positions, epoch, state, phase } = this.#projector;
    this.#sinceSnapshot = { facts: 0, at: savedAt };
    const header: SnapshotHeader = {
      version: snapshotVersion,
      fingerprint: fingerprint(keys),
      savedAt,
      positions,
      epoch: phase === 'current' ? (epoch ?? null) : null,
    };
    try {
      await snapshots.write(header, snapshotParts(state));
      logger.info('snapshot written', { facts, ms: clock.now() - savedAt });
    } catch (thrown) {
      this.#sinceSnapshot.facts += facts;
      logger.warn('the snapshot could not be written', { code: toVoorrangError(thrown).code });
    }
  }

  async #measureLag(): Promise<void> {
    const heads = await this.#deps.bus.heads(topics).catch(() => undefined);
    if (heads === undefined) return;
    const { positions } = this.#projector;
    this.#lag = Object.entries(heads).reduce((sum, [at, head]) => sum + Math.max(0, head - (positions[at] ?? 0)), 0);
    this.#measures.lag(this.#lag);
  }
}

/** Also of the types of events that are known: a program that did not know one passed over it, and what is in its snapshot lacks it. */
const fingerprint = (keys: ServiceContext['keys']): string =>
  keys.of('snapshot', serviceName, ...eventTypes.toSorted());
