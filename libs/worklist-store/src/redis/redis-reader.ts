import { type DurationMs, seconds } from '@voorrang/kernel';
import { assertLimit, decodeCursor, encodeCursor } from '../cursor.ts';
import type { Change, Changes, ListRef, Page, RankedRow, WorklistReader, WorklistState } from '../port.ts';
import { RedisConnection } from './connection.ts';
import { documentFrom, type RankedReply, rankedOf } from './documents.ts';
import { type KeyNames, keyNames } from './keys.ts';
import { positionsOf } from './positions-of.ts';
import { runScript, type ScriptName, type ScriptValues } from './script.ts';

export type RedisReaderOptions = {
  readonly url: string;
  readonly prefix?: string;
  readonly random?: () => number;
  readonly commandTimeoutMs?: DurationMs;
};

/** Most entries of the rarest token that a search looks through. */
const searchWalk = 20_000;

/** The reading half over Redis. Any number of processes may read. */
export class RedisReader implements WorklistReader {
  readonly #connection: RedisConnection;
  readonly #keys: KeyNames;
  readonly #options: Required<RedisReaderOptions>;
  readonly #listeners = new Set<() => void>();
  #subscriber: RedisConnection | undefined;

  constructor(options: RedisReaderOptions) {
    this.#options = { prefix: '', random: Math.random, commandTimeoutMs: seconds(2), ...options };
    this.#keys = keyNames(this.#options.prefix);
    this.#connection = new RedisConnection({ ...this.#options, onReady: () => this.#tell() });
  }

  /** Whether anything was asked of it yet: until then it has no connection. */
  get used(): boolean {
    return this.#connection.used;
  }

  get health(): { readonly ok: boolean; readonly detail: string } {
    return this.#connection.health;
  }

  async page({ site, list }: ListRef, limit: number, cursor?: string): Promise<Page> {
    assertLimit(limit);
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const [state, epoch, revision, total, more, ...rows] = (await this.#run('page', {
      site,
      list,
      limit,
      afterScore: after?.score ?? '',
      afterMember: after?.member ?? '',
    })) as [WorklistState, string, number, number, number, ...RankedReply[]];
    const items = rows.map(rankedOf);
    const last = items.at(-1);
    return { state, epoch, revision, total, items, nextCursor: more && last ? encodeCursor(last.sortKey) : null };
  }

  async study(studyId: string): ReturnType<WorklistReader['study']> {
    const reply = (await this.#run('study', { study: studyId })) as [...RankedReply, string] | [];
    if (reply.length === 0) return undefined;
    const [study, index, row, rank, rankWithoutAi, rest] = reply;
    const found: RankedReply = [study, index, row, rank, rankWithoutAi];
    return { document: documentFrom(found, rest), ranked: rankedOf(found) };
  }

  async search(site: string, tokens: readonly string[], limit: number): Promise<readonly RankedRow[]> {
    assertLimit(limit);
    const found = (await this.#run('search', { site, limit, walk: searchWalk }, tokens)) as RankedReply[];
    return found.map(rankedOf);
  }

  async changesSince(
    { site, list }: ListRef,
    since: { readonly epoch: string; readonly revision: number },
    limit: number,
  ): Promise<Changes> {
    assertLimit(limit);
    const [word, epoch, revision, ...entries] = (await this.#run('changes', {
      site,
      list,
      epoch: since.epoch,
      since: since.revision,
      limit,
    })) as ['RESET' | 'CHANGES', string, number, ...([number, string] | [number, ...RankedReply])[]];
    if (word === 'RESET') return { kind: 'reset', epoch, revision };
    return { kind: 'changes', epoch, revision, changes: entries.map(changeOf) };
  }

  onChange(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    this.#subscribe();
    return () => this.#listeners.delete(own);
  }

  async status(): ReturnType<WorklistReader['status']> {
    const [state, epoch, revision, ...positions] = (await this.#run('status', {})) as [
      WorklistState,
      string,
      number,
      ...string[],
    ];
    return { state, epoch, revision, positions: positionsOf(positions) };
  }

  close(): void {
    this.#listeners.clear();
    this.#subscriber?.close();
    this.#connection.close();
  }

  /** A connection of its own. Whenever it comes (back) it tells the listeners: a wake-up may have been missed meanwhile. */
  #subscribe(): void {
    if (this.#subscriber) return;
    const subscriber = new RedisConnection({ ...this.#options, onReady: () => this.#tell() });
    this.#subscriber = subscriber;
    subscriber.client.on('message', () => this.#tell());
    // ioredis subscribes again after each reconnect, once this first one has been accepted.
    const begin = (): void => {
      subscriber
        .run((client) => client.subscribe(this.#keys.channel))
        .catch(() => subscriber.client.once('ready', begin));
    };
    begin();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #run(name: ScriptName, values: ScriptValues, rest: readonly string[] = []): Promise<unknown> {
    return this.#connection.run((client) => runScript(client, name, { ...this.#keys, ...values }, rest));
  }
}

function changeOf(entry: readonly [number, string] | readonly [number, ...RankedReply]): Change {
  const [revision, studyId, index, row, rank, rankWithoutAi] = entry;
  return index === undefined || row === undefined || rank === undefined || rankWithoutAi === undefined
    ? { kind: 'gone', revision, studyId }
    : { kind: 'row', revision, row: rankedOf([studyId, index, row, rank, rankWithoutAi]) };
}
