import type { WorklistStore } from '../port.ts';
import { RedisReader } from './redis-reader.ts';
import { RedisWriter, type RedisWriterOptions } from './redis-writer.ts';

/**
 * The worklist store over Redis 7 or newer. Each half has its own connection, made at its first use, so a process that only reads opens no writer.
 * `prefix` keeps several installations apart. Redis must not evict (`maxmemory-policy noeviction`).
 */
export function redisWorklistStore(options: RedisWriterOptions): WorklistStore {
  const { url, prefix = '', random = Math.random } = options;
  const reader = new RedisReader({ url, prefix, random });
  const writer = new RedisWriter(options);
  return {
    acquire: () => writer.acquire(),
    apply: (change) => writer.apply(change),
    beginRebuild: (fence) => writer.beginRebuild(fence),
    rebuild: (fence, documents) => writer.rebuild(fence, documents),
    finishRebuild: (fence, positions, epoch) => writer.finishRebuild(fence, positions, epoch),
    page: (list, limit, cursor) => reader.page(list, limit, cursor),
    study: (studyId) => reader.study(studyId),
    search: (site, tokens, limit) => reader.search(site, tokens, limit),
    changesSince: (list, since, limit) => reader.changesSince(list, since, limit),
    onChange: (listener) => reader.onChange(listener),
    status: () => reader.status(),
    get health() {
      const used = [reader, writer].filter((half) => half.used);
      const failing = used.find((half) => !half.health.ok);
      return failing?.health ?? { ok: used.length > 0, detail: used.length > 0 ? 'connected' : 'not connected yet' };
    },
    close: async () => {
      reader.close();
      writer.close();
    },
  };
}
