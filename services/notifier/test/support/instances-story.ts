import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { seconds } from '@voorrang/kernel';
import type { SqlProvider } from '@voorrang/sql';
import { Story } from './story.ts';

/** Two instances of the notifier on one log and one database, for every engine. */
export function instancesStory(engine: string, open: () => Promise<SqlProvider>): void {
  describe(`two instances on ${engine}`, () => {
    let story: Story;
    beforeEach(async () => {
      story = await Story.begin('hostile', { sql: await open(), idleMs: seconds(10), seed: 11 });
      await story.startAnother();
    });
    afterEach(() => story.end());

    test('raise one alert, take each step once, send each page once', async () => {
      const { write } = story;
      await story.told(
        write.images('s1', 'p1'),
        write.order('O1', 'p1', { study: 's1', strokeCode: true, visit: 'V1' }),
        write.run('s1', 'LVO', 'positive'),
        write.run('s1', 'ICH', 'positive'),
      );
      story.phone('stroke-1').expectPage();
      await story.fastForward(seconds(60));
      story.phone('stroke-1').expectPage({ channel: 'voice' });
      story.phone('stroke-1').expectPage({ channel: 'webhook' });
      await story.act('acknowledge', (await story.onlyAlert()).id, 'stroke-1');
      await story.fastForward(seconds(120));
      const types = (await story.toldEvents()).map(({ type }) => type).filter((type) => type !== 'alert.updated');
      expect(types).toEqual([
        ...['alert.raised', 'page.sent', 'alert.escalated', 'page.sent', 'page.sent', 'alert.acknowledged'],
      ]);
    });
  });
}
