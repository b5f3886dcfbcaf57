import { context, propagation, trace } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';

export type Tracing = { stop(): Promise<void> };

/**
 * Begins tracing for this process: spans in batches to the OTLP/HTTP endpoint (`OTEL_EXPORTER_OTLP_ENDPOINT`, the standard variable), W3C trace context.
 * The SDK is loaded only when an endpoint or an exporter is given: it costs some 30 MB.
 */
export async function startTracing(options: {
  readonly serviceName: string;
  readonly endpoint?: string | undefined;
  readonly exporter?: SpanExporter;
}): Promise<Tracing> {
  if (options.endpoint === undefined && options.exporter === undefined) return { stop: async () => {} };
  const [
    { AsyncLocalStorageContextManager },
    { W3CTraceContextPropagator },
    { resourceFromAttributes },
    { BatchSpanProcessor, TracerProvider },
  ] = await Promise.all([
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace'),
  ]);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: options.exporter ?? (await otlpExporter(options.endpoint ?? '')) }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return { stop: () => provider.shutdown() };
}

async function otlpExporter(endpoint: string): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  return new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
}
