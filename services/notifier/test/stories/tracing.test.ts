import { expect, test } from '@jest/globals';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import type { OutgoingRecord } from '@voorrang/bus';
import { startTracing } from '@voorrang/platform';
import { Story } from '../support/story.ts';

const traceIds = ['1', '2'].map((digit) => digit.repeat(32));
const under = (record: OutgoingRecord, traceId: string | undefined): OutgoingRecord => ({
  ...record,
  headers: { traceparent: `00-${traceId}-${'c'.repeat(16)}-01` },
});
const traceIdOf = (traceparent: string | undefined): string | undefined => traceparent?.split('-')[1];

const twoRunsInOneBatch = async (story: Story): Promise<void> => {
  const { write } = story;
  await story.toldTogether(
    under(write.run('s1', 'LVO', 'positive'), traceIds[0]),
    write.run('s3', 'LVO', 'negative'),
    under(write.run('s2', 'LVO', 'positive'), traceIds[1]),
  );
};

test('one trace goes from the run on the wire to the page, each page with that of its own run', async () => {
  const exporter = new InMemorySpanExporter();
  const tracing = await startTracing({ serviceName: 'test', exporter });
  const story = await Story.begin('journal');
  await twoRunsInOneBatch(story);
  const pages = [story.phone('stroke-1').expectPage(), story.phone('stroke-1').expectPage()];
  expect(pages.map(({ headers }) => traceIdOf(headers.traceparent)).toSorted()).toEqual(traceIds);
  const told = await story.toldEvents();
  expect(told.map(({ type }) => type).toSorted()).toEqual(['alert.raised', 'alert.raised', 'page.sent', 'page.sent']);
  expect(new Set(told.map(({ traceparent }) => traceIdOf(traceparent)))).toEqual(new Set(traceIds));
  const names: string[] = [];
  const shutdown = exporter.shutdown.bind(exporter);
  exporter.shutdown = async () => {
    const ours = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceIds[1]);
    names.push(...ours.map(({ name }) => name));
    await shutdown();
  };
  await story.end();
  await tracing.stop();
  expect(new Set(names)).toEqual(new Set(['alert.decide', 'alert.step', 'page.send']));
});
