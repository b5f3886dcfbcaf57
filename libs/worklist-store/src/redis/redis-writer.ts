import { type Clock, type DurationMs, faultPoint, seconds, systemClock } from '@voorrang/kernel';
import {
  type AppliedPositions,
  type ApplyOutcome,
  feedLength,
  type StudyChange,
  type StudyDocument,
  type WorklistWriter,
} from '../port.ts';
import { assertStorable } from '../sort-key.ts';
import { RedisConnection } from './connection.ts';
import { argumentsOf } from './documents.ts';
import { type KeyNames, keyNames } from './keys.ts';
import { positionsOf } from './positions-of.ts';
import { runScript, type ScriptName, type ScriptValues } from './script.ts';

export type RedisWriterOptions = {
  readonly url: string;
  readonly prefix?: string;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly commandTimeoutMs?: DurationMs;
};

/** Documents of one rebuild script: each script holds Redis for some milliseconds only. */
const rebuildBatch = 200;
const rebuildAhead = 4;

/** The writing half over Redis. */
export class RedisWriter implements WorklistWriter {
  readonly #connection: RedisConnection;
  readonly #keys: KeyNames;
  readonly #clock: Clock;
  /** Writes known to be applied: a store that counts fewer has lost some, in a failover or a restart from an older file. */
  #known = 0;

  constructor(options: RedisWriterOptions) {
    const { url, prefix = '', random = Math.random, commandTimeoutMs = seconds(15) } = options;
    this.#keys = keyNames(prefix);
    this.#clock = options.clock ?? systemClock();
    this.#connection = new RedisConnection({ url, random, commandTimeoutMs });
  }

  /** Whether anything was asked of it yet: until then it has no connection. */
  get used(): boolean {
    return this.#connection.used;
  }

  get health(): { readonly ok: boolean; readonly detail: string } {
    return this.#connection.health;
  }

  async acquire(): ReturnType<WorklistWriter['acquire']> {
    const answer = (await this.#run('acquire', { now: this.#clock.now() })) as [number, string, number, ...string[]];
    const [fence, epoch, writes, ...positions] = answer;
    this.#known = writes;
    await this.#sweep();
    return { fence, epoch: epoch === '' ? null : epoch, positions: positionsOf(positions) };
  }

  async apply(change: Parameters<WorklistWriter['apply']>[0]): Promise<ApplyOutcome> {
    const { fence, epoch, positions, changes } = change;
    for (const one of changes) if (one.kind === 'put') assertStorable(one.document);
    const outcome = await this.#write(
      'apply',
      { fence, epoch, known: this.#known, feedLength, positionCount: Object.keys(positions).length },
      [...flat(positions), ...changes.flatMap(changeArguments)],
    );
    if (outcome.kind === 'applied') faultPoint('worklist.applied');
    return outcome;
  }

  async beginRebuild(fence: number): Promise<ApplyOutcome> {
    return this.#write('begin-rebuild', { fence });
  }

  async rebuild(fence: number, documents: readonly StudyDocument[]): Promise<ApplyOutcome> {
    for (const document of documents) assertStorable(document);
    // Several scripts on their way at a time, so that Redis works on one while the next is put into text here. One connection keeps their order.
    const step = rebuildBatch * rebuildAhead;
    for (let at = 0; ; at += step) {
      const batches = Array.from({ length: rebuildAhead }, (_, index) => at + index * rebuildBatch)
        .filter((from) => from === 0 || from < documents.length)
        .map((from) => documents.slice(from, from + rebuildBatch));
      const outcomes = await Promise.all(
        batches.map((batch) => this.#write('rebuild', { fence }, batch.flatMap(argumentsOf))),
      );
      const last = outcomes.find((outcome) => outcome.kind !== 'applied') ?? outcomes.at(-1);
      if (last && (last.kind !== 'applied' || at + step >= documents.length)) return last;
    }
  }

  async finishRebuild(fence: number, positions: AppliedPositions, epoch: string): Promise<ApplyOutcome> {
    const outcome = await this.#write('finish-rebuild', { fence, epoch }, flat(positions));
    if (outcome.kind === 'applied') {
      faultPoint('worklist.applied');
      await this.#sweep();
    }
    return outcome;
  }

  close(): void {
    this.#connection.close();
  }

  async #write(name: ScriptName, values: ScriptValues, rest: readonly string[] = []): Promise<ApplyOutcome> {
    const [word, revision, writes] = (await this.#run(name, values, rest)) as [string, number?, number?];
    switch (word) {
      case 'APPLIED':
        this.#known = writes ?? this.#known;
        return { kind: 'applied', revision: revision ?? 0 };
      case 'DUPLICATE':
        return { kind: 'duplicate' };
      case 'FENCED':
        return { kind: 'fenced' };
      default:
        return { kind: 'lost' };
    }
  }

  /** Deletes what no reader reads any more, one generation a call. */
  async #sweep(): Promise<void> {
    while (((await this.#run('sweep', {})) as number) > 0);
  }

  #run(name: ScriptName, values: ScriptValues, rest: readonly string[] = []): Promise<unknown> {
    return this.#connection.run((client) => runScript(client, name, { ...this.#keys, ...values }, rest));
  }
}

const flat = (positions: AppliedPositions): string[] =>
  Object.entries(positions).flatMap(([partition, position]) => [partition, String(position)]);

/** The ten arguments of one change, in the order of `apply.lua`. */
const changeArguments = (change: StudyChange): string[] =>
  change.kind === 'put'
    ? ['put', ...argumentsOf(change.document)]
    : ['remove', change.studyId, ...Array.from({ length: 8 }, () => '')];
