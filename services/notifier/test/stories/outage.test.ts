import { afterEach, describe, expect, test } from '@jest/globals';
import { minutes, seconds } from '@voorrang/kernel';
import { busKinds, Story } from '../support/story.ts';

describe.each(busKinds)('a provider that is away, on the %s bus', (kind) => {
  let story: Story;
  afterEach(() => story.end());

  const occlusionDuring = async (status: number): Promise<string> => {
    story = await Story.begin(kind);
    story.phones.outage = { status };
    const { write } = story;
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    return (await story.onlyAlert()).id;
  };
  const reached = (): readonly string[] => [...new Set(story.phones.takeAll().map(({ person }) => person))].toSorted();
  const isFallbackWell = (): boolean | undefined => story.service.health().fallback?.ok;

  test('ends no alert: the switchboard is tried until it is reached, and every step still comes at its time', async () => {
    await occlusionDuring(500);
    await story.fastForward(seconds(149));
    expect(story.phones.unexpected).toEqual([]);
    expect([(await story.onlyAlert()).state, isFallbackWell()]).toEqual(['open', false]);
    story.phones.outage = undefined;
    await story.fastForward(seconds(61));
    expect(reached()).toEqual(['stroke-2', 'switchboard']);
    expect([(await story.onlyAlert()).state, isFallbackWell()]).toEqual(['fallback-reached', true]);
    await story.fastForward(seconds(90));
    expect(reached()).toEqual(['stroke-1', 'stroke-2', 'stroke-3']);
    await story.fastForward(seconds(180));
    expect(reached()).toEqual(['switchboard']);
    await story.fastForward(minutes(60));
  });

  test('and refuses everything loses no step and no fallback either', async () => {
    await occlusionDuring(404);
    await story.fastForward(seconds(3));
    expect(isFallbackWell()).toBe(false);
    story.phones.outage = undefined;
    await story.fastForward(seconds(57));
    expect(reached()).toEqual(['stroke-1', 'switchboard']);
    await story.fastForward(minutes(10));
    expect(reached()).toEqual(['stroke-1', 'stroke-2', 'stroke-3', 'switchboard']);
  });

  test('for an hour is tried all that time, at most every 30 s, until a human takes over', async () => {
    const id = await occlusionDuring(503);
    await story.fastForward(minutes(20));
    story.phones.everything.splice(0);
    await story.fastForward(minutes(40));
    const tries = story.phones.everything.filter(({ channel }) => channel === 'voice').length;
    expect(tries).toBeGreaterThanOrEqual(40);
    expect(tries).toBeLessThanOrEqual(80);
    expect((await story.onlyAlert()).state).toBe('open');
    await story.act('acknowledge', id, 'stroke-2');
    story.phones.everything.splice(0);
    await story.fastForward(minutes(10));
    expect(story.phones.everything).toEqual([]);
    expect(isFallbackWell()).toBe(true);
  });
});
