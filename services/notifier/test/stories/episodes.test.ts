import { afterEach, describe, expect, test } from '@jest/globals';
import { hours, minutes, seconds } from '@voorrang/kernel';
import { busKinds, Story, type StoryOptions } from '../support/story.ts';

describe.each(busKinds)('one alert per episode and team, on the %s bus', (kind) => {
  let story: Story;
  const begin = async (options: StoryOptions = {}): Promise<Story['write']> => {
    story = await Story.begin(kind, options);
    return story.write;
  };
  afterEach(() => story.end());

  const shown = async (): Promise<readonly string[]> =>
    (await story.onlyAlert()).findings.map(({ finding, outcome }) => `${finding} ${outcome}`);

  test('findings fill in: bleeding no, occlusion yes, perfusion later, and nobody is paged twice', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.run('s1', 'ICH', 'negative'));
    expect(await story.alerts()).toEqual([]);
    await story.told(write.images('s2', 'p1'), write.run('s2', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    expect(await shown()).toEqual(['ICH negative', 'LVO positive']);
    await story.fastForward(seconds(20));
    await story.told(write.run('s2', 'CT_PERFUSION_DEFICIT', 'positive'));
    expect(await shown()).toEqual(['CT_PERFUSION_DEFICIT positive', 'ICH negative', 'LVO positive']);
    expect((await story.onlyAlert()).studies).toEqual([write.study('s1'), write.study('s2')].sort());
  });

  test('a perfusion deficit alone pages nobody', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.run('s1', 'CT_PERFUSION_DEFICIT', 'positive'));
    expect(await story.alerts()).toEqual([]);
  });

  test('the run before its images, and the order after both, end in the same alert', async () => {
    const write = await begin();
    await story.told(write.run('s1', 'ICH', 'positive', { accession: 'A1' }));
    expect(await story.alerts()).toEqual([]);
    await story.told(write.order('O1', 'p1', { accession: 'A1', strokeCode: true, visit: 'V1' }));
    story.phone('stroke-1').expectPage();
    expect(await shown()).toEqual(['ICH positive']);
    await story.told(write.images('s1', 'p1', { accession: 'A1' }));
    expect(await shown()).toEqual(['ICH positive']);
  });

  test('two studies that turn out to be of one visit: the later alert ends, its people are told by the earlier one', async () => {
    const write = await begin();
    await story.told(write.images('s1', null, { accession: 'A1' }), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.fastForward(seconds(10));
    await story.told(write.images('s2', null, { accession: 'A2' }), write.run('s2', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    const [later, earlier] = await story.alerts();
    await story.told(
      write.order('O1', 'p1', { accession: 'A1', visit: 'V1' }),
      write.order('O2', 'p1', { accession: 'A2', visit: 'V1' }),
    );
    const after = await story.alerts();
    expect(after.map(({ id, state, supersededBy }) => [id, state, supersededBy])).toEqual([
      [later?.id, 'superseded', earlier?.id],
      [earlier?.id, 'open', null],
    ]);
    expect(after[1]?.studies).toEqual([write.study('s1'), write.study('s2')].sort());
    // Only the survivor goes on.
    await story.fastForward(seconds(60));
    expect(story.phone('stroke-1').expectPage({ channel: 'voice' }).body).toContain('STROKE');
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    expect((await story.act('acknowledge', later?.id ?? '', 'stroke-1')).status).toBe(409);
    await story.act('acknowledge', earlier?.id ?? '', 'stroke-1');
  });

  test('a merge of two patients brings their alerts together; who was paged only for the later one is told by the earlier', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.fastForward(seconds(10));
    await story.told(write.images('s2', 'p2'), write.run('s2', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    const [second, first] = await story.alerts();
    await story.act('decline', second?.id ?? '', 'stroke-1');
    await story.act('escalate', second?.id ?? '', 'stroke-1');
    story.phone('stroke-1').expectPage({ channel: 'voice' });
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    story.phone('stroke-2').expectPage({ channel: 'voice' });
    story.phone('stroke-2').expectPage({ channel: 'webhook' });
    await story.told(write.merged('p2', 'p1'));
    expect((await story.alerts()).map(({ id, state }) => [id, state])).toEqual([
      [second?.id, 'superseded'],
      [first?.id, 'open'],
    ]);
    expect(story.phone('stroke-2').expectPage({ channel: 'webhook', kind: 'superseded' }).body).toContain(first?.id);
    story.phone('stroke-2').expectPage({ channel: 'voice', kind: 'superseded' });
  });

  test('two visits of one patient on one day are two alerts', async () => {
    const write = await begin();
    await story.told(
      write.order('O1', 'p1', { accession: 'A1', visit: 'V1' }),
      write.order('O2', 'p1', { accession: 'A2', visit: 'V2' }),
      write.images('s1', 'p1', { accession: 'A1' }),
      write.images('s2', 'p1', { accession: 'A2' }),
    );
    await story.told(write.run('s1', 'LVO', 'positive'), write.run('s2', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    story.phone('stroke-1').expectPage();
    expect((await story.alerts()).map(({ state }) => state)).toEqual(['open', 'open']);
  });

  test('a study that could be of either of two visits has its own alert and brings theirs not together', async () => {
    const write = await begin();
    await story.told(
      write.order('O1', 'p1', { accession: 'A1', visit: 'V1' }),
      write.order('O2', 'p1', { accession: 'A2', visit: 'V2' }),
      write.images('s1', 'p1', { accession: 'A1' }),
      write.images('s2', 'p1', { accession: 'A2' }),
      write.images('s3', 'p1'),
    );
    await story.told(...['s1', 's2', 's3'].map((study) => write.run(study, 'LVO', 'positive')));
    for (let n = 0; n < 3; n += 1) story.phone('stroke-1').expectPage();
    expect((await story.alerts()).map(({ state }) => state)).toEqual(['open', 'open', 'open']);
  });

  test('the same facts again, in any number, change nothing', async () => {
    const write = await begin();
    const facts = [write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'), write.settled('s1')];
    await story.told(...facts);
    story.phone('stroke-1').expectPage();
    const before = await story.onlyAlert();
    await story.told(...facts, ...facts.toReversed());
    expect(await story.onlyAlert()).toEqual(before);
  });

  test('a withdrawn finding recalls the alert, over the channels that reached people', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    await story.told(write.withdrawn('s1', 's1-LVO'));
    story.phone('stroke-1').expectPage({ channel: 'webhook', kind: 'recall' });
    expect(await story.onlyAlert()).toMatchObject({
      state: 'recalled',
      findings: [{ finding: 'LVO', outcome: 'withdrawn' }],
    });
    await story.fastForward(minutes(20));
  });

  test('a page whose answer was lost may have been read: its reader hears the recall, one that was refused does not', async () => {
    const write = await begin();
    story.phones.answer('stroke-1', 'webhook', 'reset', { status: 410 }, { status: 410 });
    story.phones.answer('stroke-1', 'voice', { status: 410 }, { status: 410 });
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    // The second try is refused, and so is all that follows for this person.
    await story.fastForward(seconds(10));
    for (const channel of ['voice', 'webhook'] as const) story.phone('stroke-2').expectPage({ channel });
    await story.told(write.withdrawn('s1', 's1-LVO'));
    story.phone('stroke-1').expectPage({ channel: 'webhook', kind: 'recall' });
    for (const channel of ['voice', 'webhook'] as const)
      story.phone('stroke-2').expectPage({ channel, kind: 'recall' });
  });

  test('a recall that its channel does not take goes over the other channels of the person, each once', async () => {
    const write = await begin();
    story.phones.answer('stroke-1', 'webhook', { status: 200 }, { status: 410 });
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    await story.told(write.withdrawn('s1', 's1-LVO'));
    story.phone('stroke-1').expectPage({ channel: 'voice', kind: 'recall' });
    await story.fastForward(minutes(20));
    const recalls = story.phones.everything.filter((page) => page.kind === 'recall');
    expect(recalls.map(({ channel }) => channel)).toEqual(['webhook', 'voice']);
  });

  test('a recall that no channel takes ends, and is an error in the log', async () => {
    const write = await begin();
    story.phones.answer('stroke-1', 'webhook', { status: 200 }, { status: 410 });
    story.phones.answer('stroke-1', 'voice', { status: 410 });
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    await story.told(write.withdrawn('s1', 's1-LVO'));
    await story.fastForward(minutes(20));
    expect(story.phones.everything).toHaveLength(3);
    expect(story.log.join('')).toContain('does not reach a person who was paged');
  });

  test('a correction to negative recalls; a correction that stays positive tells nobody', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.runWithId('r1', 's1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.told(write.runWithId('r2', 's1', 'LVO', 'positive', { replaces: 'r1', location: 'left M2' }));
    expect(await story.onlyAlert()).toMatchObject({
      state: 'open',
      findings: [{ outcome: 'positive', location: 'left M2' }],
    });
    await story.told(write.runWithId('r3', 's1', 'LVO', 'negative', { replaces: 'r2' }));
    story.phone('stroke-1').expectPage({ kind: 'recall' });
    expect((await story.onlyAlert()).state).toBe('recalled');
    // A new positive after that is a new alert.
    await story.told(write.runWithId('r4', 's1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    expect((await story.alerts()).map(({ state }) => state).toSorted()).toEqual(['open', 'recalled']);
  });

  test('a correction that is withdrawn corrects nothing: the finding stands again and pages anew', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.runWithId('a', 's1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.told(write.runWithId('b', 's1', 'LVO', 'negative', { replaces: 'a' }));
    story.phone('stroke-1').expectPage({ kind: 'recall' });
    await story.told(write.withdrawn('s1', 'b'));
    story.phone('stroke-1').expectPage();
    expect((await story.alerts()).map(({ state }) => state).toSorted()).toEqual(['open', 'recalled']);
  });

  test('another detector, a run in shadow and a run from before correct nothing', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.runWithId('early', 's1', 'LVO', 'negative', { replaces: 'a' }));
    await story.told(
      write.runWithId('a', 's1', 'LVO', 'positive'),
      write.runWithId('other', 's1', 'LVO', 'negative', {
        replaces: 'a',
        detector: 'example-cspine',
        status: 'failed',
      }),
      write.runWithId('trial', 's1', 'LVO', 'negative', { replaces: 'a', shadow: true }),
    );
    story.phone('stroke-1').expectPage();
    expect((await story.onlyAlert()).state).toBe('open');
  });

  test('verdicts that change again and again raise and recall again and again', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    for (let round = 0; round < 4; round += 1) {
      story.phone('stroke-1').expectPage();
      await story.told(write.verdict('s1', 's1-LVO', 'LVO', 'disagree'));
      story.phone('stroke-1').expectPage({ kind: 'recall' });
      await story.told(write.verdict('s1', 's1-LVO', 'LVO', 'agree'));
    }
    story.phone('stroke-1').expectPage();
    expect((await story.alerts()).map(({ state }) => state).toSorted()).toEqual([
      'open',
      ...Array<string>(4).fill('recalled'),
    ]);
  });

  test('a chain of merges brings a family together, the later merge heard first', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.images('s3', 'p3'));
    await story.told(write.merged('p2', 'p3'));
    await story.told(write.merged('p1', 'p2'));
    await story.told(write.run('s1', 'LVO', 'positive'), write.run('s3', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    expect((await story.onlyAlert()).studies).toEqual([write.study('s1'), write.study('s3')].sort());
  });

  test('an accession number of another patient, as a detector told it, brings no alert of that patient', async () => {
    const write = await begin();
    await story.told(
      write.order('O38', 'p38', { accession: 'AC38', visit: 'V38' }),
      write.order('O39', 'p39', { accession: 'AC39', visit: 'V39' }),
      write.images('s38', 'p38', { accession: 'AC38' }),
      write.images('s39', 'p39', { accession: 'AC39' }),
      write.run('s38', 'LVO', 'positive'),
    );
    story.phone('stroke-1').expectPage();
    await story.act('acknowledge', (await story.onlyAlert()).id, 'stroke-1');
    await story.told(write.order('O38', 'p38', { accession: 'AC38', visit: 'V38' }));
    await story.told(write.run('s39', 'LVO', 'positive', { accession: 'AC38' }));
    story.phone('stroke-1').expectPage();
    expect((await story.alerts()).map(({ state }) => state).toSorted()).toEqual(['acknowledged', 'open']);
  });

  test('a radiologist who disagrees is told to those paged; while another finding stands the alert goes on', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.order('O1', 'p1', { study: 's1', strokeCode: true }));
    await story.told(write.run('s1', 'LVO', 'positive'), write.run('s1', 'ICH', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.told(write.verdict('s1', 's1-ICH', 'ICH', 'disagree'));
    story.phone('stroke-1').expectPage({ kind: 'update' });
    expect((await story.onlyAlert()).state).toBe('open');
    await story.told(write.verdict('s1', 's1-LVO', 'LVO', 'disagree'));
    story.phone('stroke-1').expectPage({ kind: 'recall' });
    expect((await story.onlyAlert()).state).toBe('recalled');
  });

  test('a finding that stands again after its alert was recalled pages anew', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.told(write.verdict('s1', 's1-LVO', 'LVO', 'disagree'));
    story.phone('stroke-1').expectPage({ kind: 'recall' });
    await story.told(write.verdict('s1', 's1-LVO', 'LVO', 'agree'));
    story.phone('stroke-1').expectPage();
    expect((await story.alerts()).map(({ state }) => state).toSorted()).toEqual(['open', 'recalled']);
    await story.told(write.settled('s1'));
    expect(await story.alerts()).toHaveLength(2);
  });

  test('a finding that comes after the acknowledgement opens the alert again; one that was known does not', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.order('O1', 'p1', { study: 's1', strokeCode: true }));
    await story.told(write.run('s1', 'ICH', 'positive'));
    story.phone('stroke-1').expectPage();
    const { id } = await story.onlyAlert();
    await story.act('acknowledge', id, 'stroke-1');
    await story.told(write.runWithId('again', 's1', 'ICH', 'positive'));
    expect((await story.onlyAlert()).state).toBe('acknowledged');
    await story.told(write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    expect(await story.onlyAlert()).toMatchObject({ id, state: 'open', acknowledgedBy: null });
  });

  test('what is late, failed or awaited on a stroke-code study is shown so, never as negative', async () => {
    const write = await begin();
    await story.told(write.images('s1', 'p1'), write.order('O1', 'p1', { study: 's1', strokeCode: true }));
    await story.told(
      write.awaited('run.expected', 's1', 'LVO'),
      write.awaited('run.expected', 's1', 'CT_PERFUSION_DEFICIT'),
    );
    await story.told(write.run('s1', 'ICH', 'positive'));
    story.phone('stroke-1').expectPage();
    expect(await shown()).toEqual(['CT_PERFUSION_DEFICIT waiting', 'ICH positive', 'LVO waiting']);
    await story.told(
      write.awaited('run.overdue', 's1', 'LVO'),
      write.run('s1', 'CT_PERFUSION_DEFICIT', 'negative', { status: 'failed' }),
    );
    expect(await shown()).toEqual(['CT_PERFUSION_DEFICIT failed', 'ICH positive', 'LVO late']);
    await story.told(write.run('s1', 'LVO', 'negative'));
    expect(await shown()).toEqual(['CT_PERFUSION_DEFICIT failed', 'ICH positive', 'LVO negative']);
  });

  test('a finding first seen late still pages, up to the maximum age; an older one is recorded and wakes nobody', async () => {
    const write = await begin();
    const [young, old] = [write.run('young', 'LVO', 'positive'), write.run('old', 'LVO', 'positive')];
    await story.stop();
    await story.clock.advance(hours(23));
    await story.start();
    await story.told(young);
    story.phone('stroke-1').expectPage();
    await story.clock.advance(0);
    await story.act('acknowledge', (await story.onlyAlert()).id, 'stroke-1');
    await story.fastForward(hours(2));
    await story.told(old);
    expect((await story.alerts('?state=closed')).map(({ studies }) => studies)).toEqual([[write.study('old')]]);
    await story.told(write.images('old', 'p9'));
    expect(await story.alerts()).toHaveLength(2);
  });
});

describe('one alert per episode and team', () => {
  test('each team has its own alert for one finding', async () => {
    const story = await Story.begin('journal', { teams: ['STROKE', 'RADIOLOGY'] });
    const { write } = story;
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    story.phone('rad-1').expectPage();
    expect((await story.alerts()).map(({ team }) => team).toSorted()).toEqual(['RADIOLOGY', 'STROKE']);
    expect((await story.alerts('?team=STROKE')).map(({ team }) => team)).toEqual(['STROKE']);
    await story.end();
  });
});
