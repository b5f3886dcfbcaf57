import { describe, expect, test } from '@jest/globals';
import { minutes, type VoorrangError } from '@voorrang/kernel';
import { FakeClock } from '@voorrang/testing';
import { type InMemoryWorklistStore, inMemoryWorklistStore } from '@voorrang/worklist-store';
import { Projector } from '../src/application/projector.ts';
import { initialState } from '../src/domain/index.ts';
import { keys, monday } from './facts.ts';
import { contextAt } from './projecting.ts';
import { handMadeProtocol } from './protocols.ts';
import { idOf, jansen, Story } from './story.ts';
import { storedDocuments } from './world.ts';

const protocol = handMadeProtocol('c'.repeat(64));
const bad = '1.2.9';
const good = '1.2.8';
const facts = new Story()
  .images(0, bad, { patient: { ...jansen, id: 'P9', name: 'Fault^At' } })
  .images(1, good)
  .order(2, '77', { patient: { ...jansen, id: 'P9', name: 'Fault^At' } })
  .events.map((event) => ({ topic: 'imaging', event }));
const orderId = keys.of('expected', 'EX', keys.order('EX', '77'));

/** A projector whose projection trips a bug on one patient for as long as `world.broken`. */
function tripping(store: InMemoryWorklistStore = inMemoryWorklistStore()) {
  const world = { broken: true, told: [] as VoorrangError['code'][] };
  const clock = new FakeClock(monday + minutes(5));
  const projector = new Projector(
    initialState(keys),
    {},
    {
      store,
      clock,
      newEpoch: () => 'e1',
      contextAt: (now) => ({
        ...contextAt(now, [protocol]),
        searchTokens: (_, { patientId }) => {
          if (world.broken && patientId === 'P9') throw new TypeError('cannot read properties of undefined');
          return [];
        },
      }),
      breathe: async () => undefined,
      onRebuilt: () => undefined,
      onUnprojected: (_, error) => world.told.push(error.code),
    },
  );
  const row = async (id: string) => (await storedDocuments(store, ['EX'])).get(id)?.row;
  return { projector, world, clock, store, row };
}

describe('a study whose projection throws', () => {
  test('is shown as unprocessed at the safe place after a write, and holds no other study up', async () => {
    const { projector, row, world } = tripping();
    await projector.takeOver(undefined);
    projector.fold(facts, { 'imaging/0': 3 });
    await projector.flush();
    expect((await row(idOf(good)))?.flags).not.toContain('unprocessed');
    expect(await row(idOf(bad))).toMatchObject({
      list: 'reading',
      studyInstanceUid: bad,
      modality: 'CT',
      band: protocol.policy.unscored.band,
      receivedAt: monday,
    });
    expect((await row(idOf(bad)))?.flags).toEqual(expect.arrayContaining(['unscored', 'unprocessed']));
    expect(await row(orderId)).toMatchObject({ list: 'expected', flags: ['unscored', 'unprocessed'] });
    expect(projector.unprojected).toBe(2);
    expect(world.told).toEqual(['VRG_INTERNAL', 'VRG_INTERNAL']);
  });

  test('does not keep a rebuild from its end', async () => {
    const { projector, row } = tripping();
    projector.fold(facts, { 'imaging/0': 3 });
    await projector.takeOver(undefined);
    expect(projector.phase).toBe('current');
    expect((await row(idOf(bad)))?.flags).toContain('unprocessed');
    expect(await row(idOf(good))).toBeDefined();
  });

  test('is done once a person has read it, and gets its full row back when the projection works again', async () => {
    const { projector, row, world, clock } = tripping();
    projector.fold(facts, { 'imaging/0': 3 });
    await projector.takeOver(undefined);
    world.broken = false;
    await clock.advance(minutes(2));
    await projector.sweep();
    expect((await row(idOf(bad)))?.flags).not.toContain('unprocessed');
    expect(projector.unprojected).toBe(0);
    world.broken = true;
    const read = new Story().read(6, bad).events.map((event) => ({ topic: 'reading', event }));
    projector.fold(read, { 'reading/0': 1 });
    await projector.flush();
    expect((await row(idOf(bad)))?.list).toBe('done');
  });

  test('a context that cannot be made leaves everything to be written', async () => {
    const { projector, store, row } = tripping();
    await projector.takeOver(undefined);
    let broken = true;
    const again = new Projector(
      initialState(keys),
      {},
      {
        store,
        clock: new FakeClock(monday + minutes(5)),
        newEpoch: () => 'e2',
        contextAt: (now) => {
          if (broken) throw new TypeError('no protocol');
          return contextAt(now, [protocol]);
        },
        breathe: async () => undefined,
        onRebuilt: () => undefined,
        onUnprojected: () => undefined,
      },
    );
    await again.takeOver(undefined);
    again.fold(facts, { 'imaging/0': 3 });
    await expect(again.flush()).rejects.toThrow(TypeError);
    broken = false;
    await again.flush();
    expect(await row(idOf(bad))).toBeDefined();
  });
});
