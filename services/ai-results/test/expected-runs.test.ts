import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HostileBus } from '@voorrang/bus/testing';
import type { NewEvent } from '@voorrang/contracts';
import { hours, minutes, seconds } from '@voorrang/kernel';
import { type FakeClock, waitUntil } from '@voorrang/testing';
import { announced, conflicted, observed, order, settled } from './facts.ts';
import { openWorld } from './open-world.ts';
import { keys, type MakeBus, onJournal, run, uid, type World } from './world.ts';

const hostile =
  (seed: number): MakeBus =>
  async () =>
    new HostileBus({ seed });

let world: World;
let clock: FakeClock;
/** Nothing waits any more at this instant, and nothing had to be told overdue. */
const neverOverdue = async (detector: string): Promise<void> => {
  await waitUntil(async () => (await world.figures(detector)).waiting === 0, { what: 'nothing to wait' });
  expect(await world.figures(detector)).toMatchObject({ overdueLastDay: 0 });
};
describe.each([
  ['journal', onJournal],
  ['hostile bus 1', hostile(1)],
  ['hostile bus 2', hostile(2)],
])('on the %s a settled study', (_name, makeBus) => {
  beforeEach(async () => {
    ({ world, clock } = await openWorld({ makeBus }));
  });
  afterEach(() => world.close());

  test('expects a run of each detector that applies, due so long after its images were complete', async () => {
    const complete = world.clock.now();
    await world.publish(observed(), settled(complete));
    expect(await world.expect('run.expected', 1)).toEqual([
      {
        studyInstanceUid: uid,
        studyVersion: 1,
        detector: 'example-ich',
        findings: ['ICH'],
        dueAt: complete + minutes(10),
      },
    ]);
  });

  test('that is only announced finds its orders by the accession number of the announcement', async () => {
    const complete = world.clock.now();
    const told = announced({ studyDescription: null });
    await world.publish(conflicted(), told, told, settled(complete));
    await world.publish(order('order.placed', { procedure: { code: null, text: 'CTA cerebrum', system: null } }));
    const expected = await world.expect('run.expected', 2);
    expect(expected.map(({ detector }) => detector)).toContain('example-lvo');
  });

  test('is told overdue once when no run came, and a run that comes late ends it', async () => {
    await world.publish(observed(), settled(world.clock.now()));
    await world.expect('run.expected', 1);
    await clock.advance(minutes(9));
    expect(world.of('run.overdue')).toEqual([]);
    await clock.advance(minutes(2));
    await world.expect('run.overdue', 1);
    expect(await world.figures('example-ich')).toMatchObject({ waiting: 0, overdueLastDay: 1 });
    await world.post(run());
    await world.expect('run.recorded', 1);
    expect(await world.figures('example-ich')).toMatchObject({ waiting: 0, overdueLastDay: 0 });
    await clock.advance(hours(1));
    expect(world.of('run.overdue')).toHaveLength(1);
  });

  test('is not overdue when a run came in time, also a failed one', async () => {
    await world.publish(observed(), settled(world.clock.now()));
    await world.expect('run.expected', 1);
    await world.post(run({ status: 'failed', findings: [] }));
    await clock.advance(hours(1));
    await neverOverdue('example-ich');
  });

  test('expects nothing of a detector whose run came before', async () => {
    await world.post(run());
    const cta = observed({ studyDescription: 'CTA cerebrum' });
    await world.publish(cta, settled(world.clock.now()));
    // Of the others the runs are expected, which shows that the study was looked at.
    const expected = await world.expect('run.expected', 2);
    expect(expected.map(({ detector }) => detector)).toEqual(['example-lvo', 'example-aneurysm']);
    await clock.advance(hours(1));
    await neverOverdue('example-ich');
  });

  test('does not count a run in shadow as come', async () => {
    await world.publish(observed(), settled(world.clock.now()));
    await world.post(run({ detector: { id: 'example-ich', version: '9' } }));
    await world.expect('run.expected', 1);
    await clock.advance(minutes(11));
    await world.expect('run.overdue', 1);
  });

  test('is overdue again when its run is withdrawn, unless another one counts', async () => {
    await world.publish(observed(), settled(world.clock.now()));
    await world.expect('run.expected', 1);
    await world.post(run());
    await world.post(run({ resultId: 'vendor:2', replaces: 'vendor:1' }));
    await clock.advance(minutes(11));
    await neverOverdue('example-ich');
    // Without its correction the corrected run counts again, as it does in the list.
    await world.call('DELETE', '/api/v1/results/vendor:2');
    await clock.advance(seconds(2));
    await neverOverdue('example-ich');
    await world.call('DELETE', '/api/v1/results/vendor:1');
    await clock.advance(seconds(2));
    await world.expect('run.overdue', 1);
  });

  test('expects more when an order tells later what it is for, whichever comes first', async () => {
    await world.publish(observed({ studyDescription: 'CT thorax' }), settled(world.clock.now()));
    expect((await world.expect('run.expected', 1))[0]).toMatchObject({ detector: 'example-incidental-pe' });
    await world.publish(order('order.placed', { indication: 'longembolie?' }));
    expect((await world.expect('run.expected', 2))[1]).toMatchObject({ detector: 'example-pe' });
    await world.publish(order('order.changed', { indication: null, priority: 'stat' }), settled(world.clock.now(), 2));
    // The indication rules out the detector of incidental findings, so the new version owes one run.
    expect((await world.expect('run.expected', 3))[2]).toMatchObject({ studyVersion: 2, detector: 'example-pe' });
    await clock.advance(seconds(5));
    expect(world.of('run.expected')).toHaveLength(3);
  });

  test('is expected anew for the images of a late series: a run on the first images does not answer for them', async () => {
    await world.publish(observed(), settled(world.clock.now()));
    await world.expect('run.expected', 1);
    await world.post(run());
    await clock.advance(minutes(1));
    const late = world.clock.now();
    await world.publish(settled(late, 2));
    expect((await world.expect('run.expected', 2))[1]).toMatchObject({
      studyVersion: 2,
      detector: 'example-ich',
      dueAt: late + minutes(10),
    });
    await clock.advance(minutes(11));
    expect(await world.expect('run.overdue', 1)).toMatchObject([{ studyVersion: 2 }]);
    await world.post(run({ resultId: 'vendor:2' }));
    expect(await world.figures('example-ich')).toMatchObject({ waiting: 0, overdueLastDay: 0 });
    // The first run still answers for the first images, so only the second version waits again.
    await world.call('DELETE', '/api/v1/results/vendor:2');
    await clock.advance(seconds(2));
    expect(await world.expect('run.overdue', 2)).toMatchObject([{ studyVersion: 2 }, { studyVersion: 2 }]);
  });

  test('is answered by a run that came after the last image, though before the version was settled', async () => {
    await world.publish(observed(), settled(world.clock.now()));
    await world.expect('run.expected', 1);
    await clock.advance(minutes(1));
    const late = world.clock.now();
    await clock.advance(seconds(10));
    await world.post(run());
    await world.publish(settled(late, 2), observed({ studyDescription: null, accessionNumbers: ['A2'] }));
    await world.publish(order('order.placed', { accessionNumbers: ['A2'], indication: 'longembolie?' }));
    expect(await world.expect('run.expected', 2)).toMatchObject([
      { studyVersion: 1, detector: 'example-ich' },
      { studyVersion: 2, detector: 'example-pe' },
    ]);
  });

  test('finds its order by the study that the order names', async () => {
    const named = order('order.placed', { accessionNumbers: [], studyInstanceUid: uid, indication: 'embolie?' });
    await world.publish(named);
    await world.publish(observed({ studyDescription: 'CT', accessionNumbers: [] }), settled(world.clock.now()));
    expect((await world.expect('run.expected', 1))[0]).toMatchObject({ detector: 'example-pe' });
  });

  describe('of an order that was first named by its placer number alone', () => {
    const firstNamed: NewEvent = {
      ...order('order.placed', {
        orderNumber: { filler: null, placer: 'P1' },
        accessionNumbers: [],
        indication: 'embolie?',
      }),
      key: keys.order('EX', 'placer:P1'),
    };
    const withFiller = order('order.changed', { orderNumber: { filler: 'F1', placer: 'P1' } });
    const images = () => [observed({ studyDescription: 'CT' }), settled(world.clock.now())];

    test.each([
      ['before', [firstNamed, withFiller]],
      ['after', [withFiller, firstNamed]],
    ])('keeps what was said then, heard %s the filler number', async (_when, facts) => {
      await world.publish(...facts, ...images());
      expect(await world.expect('run.expected', 1)).toMatchObject([{ detector: 'example-pe' }]);
    });

    test('hears of it after the study was settled too', async () => {
      await world.publish(withFiller, ...images(), firstNamed);
      expect(await world.expect('run.expected', 1)).toMatchObject([{ detector: 'example-pe' }]);
    });

    test('takes the later word, and a cancellation under the placer number', async () => {
      const cancelled: NewEvent = {
        ...firstNamed,
        type: 'order.cancelled',
        data: { orderNumber: { filler: null, placer: 'P2' }, accessionNumbers: [] },
        key: keys.order('EX', 'placer:P2'),
      };
      const other = { ...firstNamed, key: keys.order('EX', 'placer:P2') };
      await world.publish(firstNamed, other, cancelled);
      const told = order('order.changed', { orderNumber: { filler: 'F1', placer: 'P1' }, indication: 'trauma' });
      const second = order('order.changed', { orderNumber: { filler: 'F2', placer: 'P2' } });
      await world.publish(told, { ...second, key: keys.order('EX', 'F2') });
      await world.publish(observed({ studyDescription: 'CT thorax' }), settled(world.clock.now()));
      expect(await world.expect('run.expected', 1)).toMatchObject([{ detector: 'example-incidental-pe' }]);
      await clock.advance(seconds(5));
      expect(world.of('run.expected')).toHaveLength(1);
    });
  });

  test('awaits nothing of a detector that was suspended meanwhile', async () => {
    await world.publish(observed(), settled(world.clock.now()));
    await world.expect('run.expected', 1);
    await world.call('PUT', '/api/v1/detectors/example-ich/state', { state: 'suspended', reason: 'drift' });
    await clock.advance(hours(1));
    await neverOverdue('example-ich');
  });

  test('is told overdue once when the due time passes while nothing runs', async () => {
    await world.publish(observed(), settled(world.clock.now()));
    await world.expect('run.expected', 1);
    await world.stop();
    await clock.advance(hours(3));
    await world.start();
    await world.expect('run.overdue', 1);
    await clock.advance(minutes(5));
    expect(world.of('run.overdue')).toHaveLength(1);
  });
});
