import type { KnownEvent } from '@voorrang/contracts';
import type { Clock, EpochMs } from '@voorrang/kernel';
import { seconds, VoorrangError } from '@voorrang/kernel';
import type {
  AppliedPositions,
  ApplyOutcome,
  StudyChange,
  StudyDocument,
  WorklistWriter,
} from '@voorrang/worklist-store';
import {
  evolve,
  markParked,
  type ParkedMark,
  type Projection,
  type ProjectionContext,
  unmarkParked,
  type WorklistState,
} from '../domain/index.ts';
import { Flushing } from './flushing.ts';
import { StudyProjection } from './study-projection.ts';

export type ProjectorDeps = {
  readonly store: WorklistWriter;
  readonly clock: Clock;
  readonly newEpoch: () => string;
  readonly contextAt: (now: EpochMs) => ProjectionContext;
  /** Lets other work run between the chunks of a rebuild. */
  readonly breathe: () => Promise<void>;
  readonly onRebuilt: (documents: number) => void;
  /** Told once of a study whose projection throws, until it works again: it is shown as unprocessed. */
  readonly onUnprojected: (studyId: string, error: VoorrangError) => void;
};

/** `folding`: facts go into memory only. `fenced`: a later writer has taken over, this one never writes again. */
export type ProjectorPhase = 'folding' | 'rebuilding' | 'current' | 'fenced';

/** Documents handed to the store at once in a rebuild. */
const chunk = 200;
const probeEveryMs = seconds(5);

/**
 * Keeps the store equal to the state. Facts are folded at once; what they touch is written in one atomic change with the positions. A change that fails
 * stays to be written, so a redelivered batch, which folds to nothing new, still ends with its rows in the store.
 */
export class Projector {
  readonly state: WorklistState;
  readonly #deps: ProjectorDeps;
  readonly #dirty = new Set<string>();
  /** Documents that the store has. */
  readonly #shown = new Set<string>();
  /** When time alone changes a document. */
  readonly #changesAt = new Map<string, EpochMs>();
  #folded: Record<string, number>;
  #applied: AppliedPositions = {};
  #phase: ProjectorPhase = 'folding';
  #wroteAt: EpochMs = 0;
  #writer: { readonly fence: number; epoch: string } | undefined;
  readonly #flushing = new Flushing(() => this.#write());
  readonly #projection: StudyProjection;

  constructor(state: WorklistState, positions: AppliedPositions, deps: ProjectorDeps) {
    this.state = state;
    this.#folded = { ...positions };
    this.#deps = deps;
    this.#projection = new StudyProjection(deps.onUnprojected);
  }

  get phase(): ProjectorPhase {
    return this.#phase;
  }
  /** Positions up to which facts are in the state; where to read on. */
  get positions(): AppliedPositions {
    return { ...this.#folded };
  }
  get epoch(): string | undefined {
    return this.#writer?.epoch;
  }
  get documents(): number {
    return this.#shown.size;
  }
  /** Studies that are shown as unprocessed because their projection throws. */
  get unprojected(): number {
    return this.#projection.failing;
  }

  /** Takes facts in, synchronously. A fact under a key that was blocked shows that the key was released. */
  fold(events: readonly { readonly topic: string; readonly event: KnownEvent }[], positions: AppliedPositions): void {
    for (const { topic, event } of events) {
      evolve(this.state, event, this.#dirty);
      if (this.state.parked.size > 0) unmarkParked(this.state, topic, event.key, this.#dirty);
    }
    for (const [partition, next] of Object.entries(positions))
      this.#folded[partition] = Math.max(this.#folded[partition] ?? 0, next);
  }

  park(mark: ParkedMark): void {
    markParked(this.state, mark, this.#dirty);
  }

  /** Resolves when everything folded so far is in the store. Callers that wait together share one write. While folding it does nothing. */
  flush(): Promise<void> {
    return this.#flushing.flush();
  }

  /**
   * Writes what time has changed: fallen due, claims run out, read 72 hours ago. Takes up again a rebuild that failed. With nothing to write for a while
   * it writes nothing, so that a store that has lost its content is found out when no facts come.
   */
  async sweep(): Promise<void> {
    const now = this.#deps.clock.now();
    for (const [id, at] of this.#changesAt) if (at <= now) this.#dirty.add(id);
    if (this.#phase === 'current' && this.#dirty.size === 0) return this.#probe(now);
    if (this.#phase === 'current' || (this.#phase === 'rebuilding' && this.#writer !== undefined)) await this.flush();
  }

  #probe(now: EpochMs): Promise<void> {
    if (now - this.#wroteAt < probeEveryMs) return Promise.resolve();
    return this.#flushing.run(async () => {
      if (this.#phase !== 'current' || this.#writer === undefined) return;
      const outcome = await this.#deps.store.apply({ ...this.#writer, positions: {}, changes: [] });
      this.#wroteAt = now;
      if (outcome.kind === 'lost') await this.#rebuild();
      else this.#obey(outcome);
    });
  }

  /**
   * Takes over writing, once everything that was on the bus is folded. A store that holds what this projection wrote up to its snapshot (`known`: epoch and
   * instant) goes on from there; any other content is replaced. May be called again after a failure.
   */
  async takeOver(known: { readonly epoch: string; readonly savedAt: EpochMs } | undefined): Promise<void> {
    const held = await this.#deps.store.acquire();
    const sameLog = Object.entries(held.positions).every(([at, next]) => next <= (this.#folded[at] ?? 0));
    this.#writer = { fence: held.fence, epoch: held.epoch ?? '' };
    if (known === undefined || held.epoch !== known.epoch || !sameLog) return this.#flushing.run(() => this.#rebuild());
    await this.#remember(known.savedAt);
    this.#applied = held.positions;
    this.#phase = 'current';
    await this.sweep();
    await this.flush();
  }

  async #write(): Promise<void> {
    if (this.#phase === 'folding') return;
    if (this.#phase === 'rebuilding') return this.#rebuild();
    const writer = this.#writer;
    if (writer === undefined || this.#phase === 'fenced') throw fencedOff();
    const positions = Object.fromEntries(
      Object.entries(this.#folded).filter(([partition, next]) => next > (this.#applied[partition] ?? 0)),
    );
    const ids = [...this.#dirty];
    if (ids.length === 0 && Object.keys(positions).length === 0) return;
    this.#dirty.clear();
    let projected: (readonly [string, Projection | null])[];
    let outcome: ApplyOutcome;
    try {
      projected = this.#project(ids, this.#deps.clock.now());
      const changes = projected.flatMap(([id, projection]) => this.#changeOf(id, projection));
      outcome = await this.#deps.store.apply({ ...writer, positions, changes });
      // An earlier answer was lost and the positions are there already; what time or a park has changed since is not.
      if (outcome.kind === 'duplicate') outcome = await this.#deps.store.apply({ ...writer, positions: {}, changes });
    } catch (thrown) {
      for (const id of ids) this.#dirty.add(id);
      throw thrown;
    }
    if (outcome.kind === 'lost') return this.#rebuild();
    this.#obey(outcome);
    for (const [id, projection] of projected) this.#note(id, projection);
    this.#applied = { ...this.#applied, ...positions };
    this.#wroteAt = this.#deps.clock.now();
  }

  /** Replaces the content of the store from memory. Facts that arrive meanwhile are written after it. */
  async #rebuild(): Promise<void> {
    const { store, clock, newEpoch, breathe, onRebuilt } = this.#deps;
    const writer = this.#writer;
    if (writer === undefined) throw fencedOff();
    this.#phase = 'rebuilding';
    this.#dirty.clear();
    this.#shown.clear();
    this.#changesAt.clear();
    const positions = this.positions;
    this.#obey(await store.beginRebuild(writer.fence));
    for (const ids of chunked(this.#ids(), chunk)) {
      const projected = this.#project(ids, clock.now());
      const documents: StudyDocument[] = projected.flatMap(([, projection]) => projection?.document ?? []);
      this.#obey(await store.rebuild(writer.fence, documents));
      for (const [id, projection] of projected) this.#note(id, projection);
      await breathe();
    }
    const epoch = newEpoch();
    this.#obey(await store.finishRebuild(writer.fence, positions, epoch));
    writer.epoch = epoch;
    this.#applied = positions;
    this.#phase = 'current';
    onRebuilt(this.#shown.size);
    if (this.#dirty.size > 0) await this.#write();
  }

  /** Documents as they were when the snapshot was taken: what the store has, and when it changes next. */
  async #remember(savedAt: EpochMs): Promise<void> {
    for (const ids of chunked(this.#ids(), chunk)) {
      for (const [id, projection] of this.#project(ids, savedAt)) this.#note(id, projection);
      await this.#deps.breathe();
    }
  }

  *#ids(): Iterable<string> {
    yield* this.state.studies.keys();
    yield* this.state.byExpectedId.keys();
  }

  #project(ids: readonly string[], now: EpochMs): (readonly [string, Projection | null])[] {
    const context = this.#deps.contextAt(now);
    return ids.map((id) => [id, this.#projection.of(this.state, id, context)] as const);
  }

  #changeOf(id: string, projection: Projection | null): StudyChange[] {
    if (projection !== null) return [{ kind: 'put', document: projection.document }];
    if (!this.#shown.has(id)) return [];
    return [{ kind: 'remove', site: this.#siteOf(id), studyId: id }];
  }

  #siteOf(id: string): string {
    return this.state.studies.get(id)?.site ?? this.state.orders.get(this.state.byExpectedId.get(id) ?? '')?.site ?? '';
  }

  #note(id: string, projection: Projection | null): void {
    if (projection === null) this.#shown.delete(id);
    else this.#shown.add(id);
    const at = projection?.changesAt ?? null;
    if (at === null) this.#changesAt.delete(id);
    else this.#changesAt.set(id, at);
  }

  #obey(outcome: ApplyOutcome): void {
    if (outcome.kind === 'fenced') {
      this.#phase = 'fenced';
      throw fencedOff();
    }
    if (outcome.kind === 'lost') throw new VoorrangError('VRG_STORE_LOST');
  }
}

/** Transient for whoever delivers facts: nothing is wrong with them, they are the later writer's now. */
const fencedOff = (): VoorrangError =>
  new VoorrangError('VRG_UNAVAILABLE', 'another writer of the worklist has taken over');

function* chunked<T>(all: Iterable<T>, size: number): Iterable<readonly T[]> {
  let part: T[] = [];
  for (const one of all) {
    part.push(one);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
