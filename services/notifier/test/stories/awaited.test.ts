import { afterEach, describe, expect, test } from '@jest/globals';
import { type AwaitedAnswers, awaitedAnswersSchema } from '@voorrang/contracts';
import { hours, minutes } from '@voorrang/kernel';
import { busKinds, Story } from '../support/story.ts';

describe.each(busKinds)('what detectors owe the stroke team, on the %s bus', (kind) => {
  let story: Story;
  const begin = async (): Promise<Story['write']> => {
    story = await Story.begin(kind);
    const { write } = story;
    await story.told(write.images('s1', 'p1'), write.settled('s1'));
    await story.told(write.order('O1', 'p1', { study: 's1', strokeCode: true }));
    return write;
  };
  afterEach(() => story.end());

  const awaited = async (query = ''): Promise<readonly AwaitedAnswers[]> => {
    const { items } = (await story.api('GET', `/api/v1/alerts/awaited${query}`)).body as { items: unknown[] };
    return items.map((item) => awaitedAnswersSchema.strict().parse(item));
  };
  const missing = async (query = ''): Promise<readonly string[]> =>
    (await awaited(query)).flatMap((study) => study.missing.map(({ finding, display }) => `${finding} ${display}`));

  test('a late run is shown without an alert and without a page, until the answer comes', async () => {
    const write = await begin();
    await story.told(write.awaited('run.expected', 's1', 'LVO'));
    expect(await awaited()).toEqual([]);
    const dueAt = story.clock.now();
    await story.told(write.awaited('run.overdue', 's1', 'LVO'));
    expect(await awaited()).toEqual([
      {
        studyId: write.study('s1'),
        site: 'EX',
        team: 'STROKE',
        referenceAt: dueAt,
        imagesCompleteAt: dueAt,
        missing: [{ finding: 'LVO', detector: 'example-lvo', display: 'late', since: dueAt }],
      },
    ]);
    expect(await story.alerts()).toEqual([]);
    await story.fastForward(minutes(1));
    await story.told(write.run('s1', 'LVO', 'negative'));
    expect(await awaited()).toEqual([]);
  });

  test('failed, not eligible and inconclusive are told apart; what would not page the team is left out', async () => {
    const write = await begin();
    await story.told(
      write.run('s1', 'LVO', 'negative', { status: 'failed' }),
      write.run('s1', 'ICH', 'inconclusive'),
      write.run('s1', 'CT_PERFUSION_DEFICIT', 'negative', { status: 'failed' }),
    );
    expect(await missing()).toEqual(['ICH inconclusive', 'LVO failed']);
    await story.fastForward(minutes(1));
    await story.told(write.runWithId('second', 's1', 'LVO', 'negative', { status: 'not-eligible' }));
    expect(await missing()).toEqual(['ICH inconclusive', 'LVO not-eligible']);
    expect(await missing('?team=STROKE&site=EX')).toHaveLength(2);
    expect(await missing('?team=RADIOLOGY')).toEqual([]);
    expect(await missing('?site=OTHER')).toEqual([]);
  });

  test('ends when a radiologist has read the study, or its report is final', async () => {
    const write = await begin();
    await story.told(
      write.awaited('run.overdue', 's1', 'LVO'),
      write.images('s2', 'p2'),
      write.order('O2', 'p2', { study: 's2', strokeCode: true }),
      write.awaited('run.overdue', 's2', 'LVO'),
    );
    expect(await awaited()).toHaveLength(2);
    await story.told(write.reported('O2', 'preliminary'), write.reported('O2', 'addendum'));
    expect(await awaited()).toHaveLength(2);
    await story.told(write.reported('O2', 'final'), write.read('s1'));
    expect(await awaited()).toEqual([]);
  });

  test('is of stroke-code orders alone, and of the time of an episode', async () => {
    const write = await begin();
    await story.told(write.images('s2', 'p2'), write.awaited('run.overdue', 's2', 'LVO'));
    expect(await awaited()).toEqual([]);
    await story.told(write.awaited('run.overdue', 's1', 'LVO'));
    expect(await awaited()).toHaveLength(1);
    await story.fastForward(hours(25));
    expect(await awaited()).toEqual([]);
  });
});
