import { type Clock, opaqueKeys, systemClock } from '@voorrang/kernel';
import { createHttpApp, createMetrics, listen, type Service, silentLogger } from '@voorrang/platform';
import { sqliteProvider } from '@voorrang/sql';
import { tempDirectory } from '@voorrang/testing';
import {
  type InMemoryWorklistStore,
  inMemoryWorklistStore,
  type StudyChange,
  type StudyDocument,
  type WorklistReader,
} from '@voorrang/worklist-store';
import { documentOf } from '@voorrang/worklist-store/testing';
import { createWorklist, type WorklistConfig } from '../../src/composition.ts';
import { type RecordingBus, recordingBus } from './recording-bus.ts';

export const keys = opaqueKeys('a secret for the tests');
const token = 'a-token-for-the-tests';

/** Real time, ahead by as much as a test says. */
export type ShiftedClock = Clock & { ahead: number };
function shiftedClock(): ShiftedClock {
  const real = systemClock();
  const clock = { ahead: 0, now: () => real.now() + clock.ahead, wait: real.wait };
  return clock;
}

export type Answer = { readonly status: number; readonly body: Record<string, unknown> };

/** The service on loopback over SQLite and the memory store, and the hand that writes the store. */
export type WorklistUnderTest = {
  readonly base: string;
  readonly clock: ShiftedClock;
  readonly store: InMemoryWorklistStore;
  readonly bus: RecordingBus;
  readonly service: Service;
  readonly headers: (user?: string) => Record<string, string>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, user?: string): Promise<Answer>;
  fill(documents: readonly StudyDocument[], epoch?: string): Promise<void>;
  apply(...changes: StudyChange[]): Promise<number>;
  close(): Promise<void>;
};

export async function startWorklist(
  config: Partial<WorklistConfig> = {},
  wrap: (store: InMemoryWorklistStore) => WorklistReader = (store) => store,
): Promise<WorklistUnderTest> {
  const directory = await tempDirectory();
  const sql = sqliteProvider({ directory: directory.path });
  const clock = shiftedClock();
  const store = inMemoryWorklistStore();
  const bus = recordingBus();
  const metrics = createMetrics();
  const context = { clock, keys, logger: silentLogger, metrics, store: wrap(store), sql, bus };
  const service = createWorklist({ lookEveryMs: 20, ...config }, context);
  await service.start();
  const auth = { apiToken: token, clock, secureCookie: false };
  const app = createHttpApp({ services: [service], auth, logger: silentLogger, metrics });
  const http = await listen(app, 0, '127.0.0.1');
  const base = `http://127.0.0.1:${http.port}`;
  const headers = (user?: string): Record<string, string> => ({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...(user === undefined ? {} : { 'x-acting-user': user }),
  });
  const answerOf = async (response: Response): Promise<Answer> => ({
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  });
  let fence = 0;
  let epochNow = '';
  return {
    base,
    clock,
    store,
    bus,
    service,
    headers,
    get: async (path) => answerOf(await fetch(`${base}${path}`, { headers: headers() })),
    post: async (path, body = {}, user = 'dr.jansen') =>
      answerOf(await fetch(`${base}${path}`, { method: 'POST', headers: headers(user), body: JSON.stringify(body) })),
    fill: async (documents, epoch = 'first') => {
      fence = (await store.acquire()).fence;
      epochNow = epoch;
      await store.beginRebuild(fence);
      await store.rebuild(fence, documents);
      await store.finishRebuild(fence, {}, epoch);
    },
    apply: async (...changes) => {
      const outcome = await store.apply({ fence, epoch: epochNow, positions: {}, changes });
      if (outcome.kind !== 'applied') throw new Error(outcome.kind);
      return outcome.revision;
    },
    close: async () => {
      await service.stop();
      await http.close();
      await sql.close();
      await directory.remove();
    },
  };
}

/** A study of site EX whose id is that of its UID, as the product makes them. */
export const studyOf = (uid: string, given: Partial<Parameters<typeof documentOf>[0]> = {}): StudyDocument =>
  documentOf({ ...given, studyId: keys.study(given.site ?? 'EX', uid), studyInstanceUid: uid });
export const put = (document: StudyDocument): StudyChange => ({ kind: 'put', document });
