import { describe, expect, test } from '@jest/globals';
import { decodeEvent } from '@voorrang/contracts';
import { CrashingFileSystem } from '@voorrang/journal/testing';
import { type Clock, VoorrangError } from '@voorrang/kernel';
import fc from 'fast-check';
import { type EventBus, openSpool, type Receipt, type SpoolOptions } from '../src/index.ts';
import { eventually, HostileBus } from '../src/testing/index.ts';
import { byOf, studyRead } from './study-events.ts';

const quick: Clock = { now: () => 1_790_000_000_000, wait: () => new Promise((resolve) => setImmediate(resolve)) };

/** Names of the facts that the bus took, in order; refuses while `down`. */
class NotingBus {
  readonly taken: string[] = [];
  down = false;
  readonly bus: EventBus = Object.assign(Object.create(new HostileBus({ seed: 1 })) as EventBus, {
    publish: async (records: readonly { readonly value: Uint8Array }[]) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.down) throw new VoorrangError('VRG_BUS_UNAVAILABLE');
      for (const { value } of records) {
        const decoded = decodeEvent(value);
        if (decoded.kind === 'event') this.taken.push(byOf(decoded.event));
      }
    },
  });
}

const spoolOn = (disk: CrashingFileSystem, bus: EventBus, more: Partial<SpoolOptions> = {}) =>
  openSpool({
    directory: '/data/spool',
    fileSystem: disk,
    bus,
    clock: quick,
    newIngestId: () => 'ingest-1',
    segmentBytes: 2_000,
    ...more,
  });
const receipt = (id: string): Receipt => ({ id });
const idOf = ({ id }: Receipt): string => String(id);

async function allOf(spool: { receipts(): AsyncIterable<readonly Receipt[]> }): Promise<string[]> {
  const found: string[] = [];
  for await (const receipts of spool.receipts()) found.push(...receipts.map(idOf));
  return found;
}

describe('receipts beside facts', () => {
  test('go to their sink in order and never to the bus, and facts keep the stamps that were answered', async () => {
    const { bus, taken } = new NotingBus();
    const spool = await spoolOn(new CrashingFileSystem(), bus);
    const sunk: string[] = [];
    const calls = Array.from({ length: 20 }, (_, n) =>
      spool.accept([studyRead(n, `a${n}`), studyRead(n, `b${n}`)], { receipts: [receipt(`r${n}`)] }),
    );
    const seqs = (await Promise.all(calls)).map((events) => events.map(({ stamp }) => stamp.seq));
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, n) => [n * 3, n * 3 + 1]));
    spool.start(async (receipts) => void sunk.push(...receipts.map(idOf)));
    await spool.drained();
    await eventually('sunk', () => sunk.length === 20, 5_000);
    expect(sunk).toEqual(Array.from({ length: 20 }, (_, n) => `r${n}`));
    expect(taken).toEqual(Array.from({ length: 20 }, (_, n) => [`a${n}`, `b${n}`]).flat());
    await spool.stop();
  });

  test('a receipt needs no fact, and the relay passes it over', async () => {
    const { bus, taken } = new NotingBus();
    const spool = await spoolOn(new CrashingFileSystem(), bus);
    expect(await spool.accept([], { receipts: [receipt('alone')] })).toEqual([]);
    await spool.accept([studyRead(1, 'a')]);
    spool.start();
    await spool.drained();
    expect(taken).toEqual(['a']);
    expect(spool.health).toMatchObject({ ok: true, waiting: 0 });
    await spool.stop();
  });

  test('a sink that is away holds back no fact, and gets every receipt when it is back, over a restart', async () => {
    const disk = new CrashingFileSystem();
    const { bus, taken } = new NotingBus();
    const first = await spoolOn(disk, bus);
    first.start(() => Promise.reject(new VoorrangError('VRG_SQL_UNAVAILABLE')));
    for (let n = 0; n < 100; n += 1) await first.accept([studyRead(n, `f${n}`)], { receipts: [receipt(`r${n}`)] });
    await first.drained();
    expect(taken).toHaveLength(100);
    expect(first.health).toMatchObject({ ok: false, waiting: 0 });
    await first.stop();

    const again = disk.restart();
    const second = await spoolOn(again, bus);
    expect(await allOf(second)).toHaveLength(100);
    const sunk: string[] = [];
    second.start(async (receipts) => void sunk.push(...receipts.map(idOf)));
    await eventually('sunk', () => sunk.length === 100, 5_000);
    await second.drained();
    await second.stop();
    expect(sunk).toEqual(Array.from({ length: 100 }, (_, n) => `r${n}`));
    expect(taken).toHaveLength(100);
    const third = await spoolOn(again, bus);
    expect(await allOf(third)).toEqual([]);
    expect(await again.list('/data/spool/facts')).toHaveLength(1);
    await third.stop();
  });

  test('when their sink is away for so long that the spool is half full they are let go and told; facts are not', async () => {
    const { bus, taken } = new NotingBus();
    const spool = await spoolOn(new CrashingFileSystem(), bus, { limitBytes: 20_000 });
    spool.start(() => Promise.reject(new VoorrangError('VRG_SQL_UNAVAILABLE')));
    for (let n = 0; n < 400; n += 1) {
      await spool.accept([studyRead(n, `f${n}`)], { receipts: [receipt(`r${n}`)] });
      await spool.drained();
    }
    expect(taken).toHaveLength(400);
    expect(spool.receiptsLetGo).toBeGreaterThan(100);
    await spool.stop();
  });

  test('with the bus away receipts are stored and the facts wait', async () => {
    const noting = new NotingBus();
    noting.down = true;
    const spool = await spoolOn(new CrashingFileSystem(), noting.bus);
    const sunk: string[] = [];
    spool.start(async (receipts) => void sunk.push(...receipts.map(idOf)));
    await spool.accept([studyRead(1, 'a')], { receipts: [receipt('r')] });
    await eventually('sunk', () => sunk.length === 1, 5_000);
    noting.down = false;
    await spool.drained();
    expect(noting.taken).toEqual(['a']);
    await spool.stop();
  });

  test('after any crash each receipt of an acknowledged call is in the sink or in the spool, and none is there without its fact', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            calls: fc.nat(12),
            after: fc.integer({ min: 0, max: 70 }),
            seed: fc.nat(),
            power: fc.boolean(),
            away: fc.boolean(),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        async (lives) => {
          let disk = new CrashingFileSystem({ pageBytes: 64 });
          const noting = new NotingBus();
          const sunk = new Set<string>();
          const answered: string[] = [];
          for (const [life, { calls, after, seed, power, away }] of lives.entries()) {
            const powerOff = disk.powerOffAfter(after);
            // a process that is gone calls nobody any more
            let isGone = false;
            const work = async (current: CrashingFileSystem): Promise<void> => {
              const spool = await spoolOn(current, noting.bus, { segmentBytes: 600 });
              spool.start(async (receipts) => {
                if (isGone) return new Promise(() => {});
                if (away) throw new VoorrangError('VRG_SQL_UNAVAILABLE');
                for (const each of receipts) sunk.add(idOf(each));
              });
              await Promise.all(
                Array.from({ length: calls }, async (_, n) => {
                  const name = `${life}.${n}`;
                  await spool.accept([studyRead(n % 3, name)], { receipts: [receipt(name)] });
                  answered.push(name);
                }),
              );
              await spool.drained();
            };
            await Promise.race([work(disk), powerOff]);
            isGone = true;
            disk = power ? disk.crash(seed) : disk.restart();
          }
          const spool = await spoolOn(disk, noting.bus);
          const known = new Set([...sunk, ...(await allOf(spool))]);
          for (const name of answered) expect(known.has(name)).toBe(true);
          spool.start();
          await spool.drained();
          await spool.stop();
          for (const name of known) expect(noting.taken).toContain(name);
        },
      ),
      { numRuns: 60, seed: 24 },
    );
  });
});
