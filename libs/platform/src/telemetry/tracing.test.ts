import { expect, test } from '@jest/globals';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { startTracing } from './start-tracing.ts';
import { currentTraceparent, withSpan } from './tracing.ts';

test('a trace goes on over a header, and a broken header begins a new one instead of failing', async () => {
  const exporter = new InMemorySpanExporter();
  const tracing = await startTracing({ serviceName: 'test', exporter });
  const header = await withSpan('wire', { kind: 'server' }, async () => currentTraceparent());
  await withSpan('handler', { kind: 'consumer', parent: header }, async () => {});
  await withSpan('other', { kind: 'consumer', parent: 'broken' }, async () => {});
  await expect(withSpan('failing', {}, async () => Promise.reject(new Error('text of a message')))).rejects.toThrow();
  const finished: { name: string; traceId: string; status: unknown }[] = [];
  const shutdown = exporter.shutdown.bind(exporter);
  exporter.shutdown = async () => {
    finished.push(
      ...exporter
        .getFinishedSpans()
        .map((span) => ({ name: span.name, traceId: span.spanContext().traceId, status: span.status })),
    );
    await shutdown();
  };
  await tracing.stop();
  const traceOf = (name: string): string | undefined => finished.find((span) => span.name === name)?.traceId;
  expect(traceOf('handler')).toBe(traceOf('wire'));
  expect(traceOf('other')).not.toBe(traceOf('wire'));
  expect(JSON.stringify(finished)).not.toContain('text of a message');
});
