import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { observed, settled } from './facts.ts';
import { openWorld } from './open-world.ts';
import { keys, run, uid, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  ({ world } = await openWorld({ alsoAt: ['EY', 'EZ'] }));
});
afterEach(() => world.close());

/** The images of the study are at these sites; resolves when the service knows it. */
async function imagesAt(...sites: readonly string[]): Promise<void> {
  const facts = [observed(), settled(world.clock.now())];
  await world.publish(...sites.flatMap((site) => facts.map((fact) => ({ ...fact, site, key: keys.study(site, uid) }))));
  await world.expect('run.expected', sites.length);
}

describe('a run without a site', () => {
  test('goes to the one site that has the images', async () => {
    await imagesAt('EY');
    expect(await world.post(run())).toMatchObject({ status: 202, body: { studyId: keys.study('EY', uid) } });
    const [told] = await world
      .expect('run.recorded', 1)
      .then(() => world.events.filter((e) => e.type === 'run.recorded'));
    expect(told).toMatchObject({ site: 'EY', key: keys.study('EY', uid) });
  });

  test('goes to the default site while nobody knows the study, and the same again stays there', async () => {
    expect((await world.post(run())).body).toMatchObject({ studyId: keys.study('EX', uid) });
    await imagesAt('EY');
    expect(await world.post(run())).toMatchObject({ status: 200, body: { studyId: keys.study('EX', uid) } });
    expect(await world.post(run({ status: 'failed', findings: [] }))).toMatchObject({ status: 409 });
    expect((await world.post(run({ resultId: 'vendor:2' }))).body).toMatchObject({ studyId: keys.study('EY', uid) });
  });

  test('is refused when two sites have images with its UID, and taken with the site', async () => {
    await imagesAt('EY', 'EZ');
    const refused = await world.post(run());
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'VRG_STUDY_STATE', problems: [{ path: 'body.site' }] },
    });
    expect(await world.post(run({ site: 'EZ' }))).toMatchObject({
      status: 202,
      body: { studyId: keys.study('EZ', uid) },
    });
  });
});
