import { afterEach, describe, expect, test } from '@jest/globals';
import { hours, minutes } from '@voorrang/kernel';
import { busKinds, Story } from '../support/story.ts';

describe.each(busKinds)('what studies are linked to, on the %s bus', (kind) => {
  let story: Story;
  const begin = async (): Promise<Story['write']> => {
    story = await Story.begin(kind);
    return story.write;
  };
  afterEach(() => story.end());

  const shown = async (): Promise<readonly string[]> =>
    (await story.onlyAlert()).findings.map(({ finding, outcome }) => `${finding} ${outcome}`);
  const studiesOfOpen = async (): Promise<readonly (readonly string[])[]> =>
    (await story.alerts('?state=open')).map(({ studies }) => studies).toSorted();

  test('a merge that was undone before anything was found: each patient has an alert of their own', async () => {
    const write = await begin();
    const [merged, unmerged] = [write.merged('p2', 'p1'), write.unmerged('p2', 'p1')];
    await story.told(write.images('s1', 'p1'), write.images('s2', 'p2'), unmerged, merged, unmerged, merged);
    await story.told(write.run('s1', 'LVO', 'positive'), write.run('s2', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    story.phone('stroke-1').expectPage();
    expect(await studiesOfOpen()).toEqual([[write.study('s1')], [write.study('s2')]].toSorted());
  });

  test('after a merge was undone a negative of the other patient no longer fills the alert in', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.images('s2', 'p2'), write.merged('p2', 'p1'));
    await story.told(write.run('s1', 'LVO', 'positive'), write.run('s2', 'ICH', 'negative'));
    story.phone('stroke-1').expectPage();
    expect(await shown()).toEqual(['ICH negative', 'LVO positive']);
    await story.told(write.unmerged('p2', 'p1'));
    expect(await shown()).toEqual(['LVO positive']);
    expect((await story.onlyAlert()).state).toBe('open');
    await story.told(write.merged('p2', 'p1'));
    expect(await shown()).toEqual(['ICH negative', 'LVO positive']);
  });

  test('an alert of both patients goes on for both after the undoing, and what is new of either pages', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.images('s2', 'p2'), write.merged('p2', 'p1'));
    await story.told(write.run('s1', 'LVO', 'positive'), write.run('s2', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.told(write.unmerged('p2', 'p1'), write.unmerged('p1', 'p2'));
    const { id, studies } = await story.onlyAlert();
    expect(studies).toEqual([write.study('s1'), write.study('s2')].sort());
    await story.told(write.withdrawn('s1', 's1-LVO'));
    story.phone('stroke-1').expectPage({ kind: 'update' });
    expect(await story.onlyAlert()).toMatchObject({ id, state: 'open' });
    await story.act('acknowledge', id, 'stroke-1');
    await story.told(write.images('s3', 'p1'), write.run('s3', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
  });

  test('a study that is only announced has the patient and the visit of the announcement', async () => {
    const write = await begin();
    await story.told(
      write.order('O1', 'p1', { accession: 'A1', visit: 'V1', strokeCode: true }),
      write.announced('s1', null, { accession: 'A1', status: 'in-progress' }),
      write.announced('s2', 'p1'),
      write.settled('s1'),
    );
    await story.told(write.conflicted('s1'), write.run('s1', 'ICH', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.told(write.run('s2', 'LVO', 'positive'));
    expect((await story.onlyAlert()).studies).toEqual([write.study('s1'), write.study('s2')].sort());
    expect(story.log.filter((line) => line.includes('"level":"error"') || line.includes('"level":"warn"'))).toEqual([]);
  });

  test('a stroke code told under the placer number alone counts for the order that names that placer', async () => {
    const write = await begin();
    await story.told(
      write.orderByPlacer('P1', 'p1', { strokeCode: true }),
      write.images('s1', 'p1', { accession: 'A1' }),
      write.run('s1', 'ICH', 'positive'),
    );
    expect(await story.alerts()).toEqual([]);
    await story.told(write.order('O1', 'p1', { accession: 'A1', placer: 'P1' }));
    story.phone('stroke-1').expectPage();
    expect(await shown()).toEqual(['ICH positive']);
  });

  test('a stroke code that comes under the placer number after the order pages too, and one taken back does not', async () => {
    const write = await begin();
    await story.told(
      write.order('O1', 'p1', { accession: 'A1', placer: 'P1' }),
      write.images('s1', 'p1', { accession: 'A1' }),
      write.run('s1', 'ICH', 'positive'),
      write.order('O2', 'p2', { accession: 'A2', placer: 'P2' }),
      write.images('s2', 'p2', { accession: 'A2' }),
      write.run('s2', 'ICH', 'positive'),
    );
    await story.told(
      write.orderByPlacer('P2', 'p2', { strokeCode: false }),
      write.orderByPlacer('P1', 'p1', { strokeCode: true }),
    );
    story.phone('stroke-1').expectPage();
    expect((await story.onlyAlert()).studies).toEqual([write.study('s1')]);
  });

  test('a repeat CT with the same finding pages again after the acknowledgement, a corrected run does not', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    const { id } = await story.onlyAlert();
    await story.act('acknowledge', id, 'stroke-1');
    await story.told(write.runWithId('better', 's1', 'LVO', 'positive', { replaces: 's1-LVO', location: 'left M1' }));
    expect((await story.onlyAlert()).state).toBe('acknowledged');
    await story.told(write.images('s2', 'p1'), write.run('s2', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    expect(await story.onlyAlert()).toMatchObject({ id, state: 'open', acknowledgedBy: null });
  });

  test('the maximum age counts from when a run was made, unless that cannot be true', async () => {
    const write = await begin();
    await story.told(write.images('old', 'p1'), write.images('odd', 'p2'));
    const begun = story.clock.now();
    await story.fastForward(hours(25));
    await story.told(write.run('old', 'LVO', 'positive', { producedAt: begun + minutes(5) }));
    expect((await story.onlyAlert()).state).toBe('closed');
    await story.told(write.run('odd', 'LVO', 'positive', { producedAt: begun - minutes(5) }));
    story.phone('stroke-1').expectPage();
  });
});
