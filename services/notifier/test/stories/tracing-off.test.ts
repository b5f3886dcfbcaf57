import { expect, test } from '@jest/globals';
import { Story } from '../support/story.ts';

test('a notifier that records no traces itself still hands the trace of the run on to the provider', async () => {
  const story = await Story.begin('journal');
  const traceparent = `00-${'1'.repeat(32)}-${'c'.repeat(16)}-01`;
  await story.told({ ...story.write.run('s1', 'LVO', 'positive'), headers: { traceparent } });
  expect(story.phone('stroke-1').expectPage().headers.traceparent).toBe(traceparent);
  expect((await story.toldEvents()).map((event) => event.traceparent)).toEqual([traceparent, traceparent]);
  await story.end();
});
