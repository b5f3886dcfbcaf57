import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const tracer = () => trace.getTracer('voorrang');

/** Attributes of a span: closed sets, counts, opaque ids. Never text that came from a message. */
export type SpanAttributes = Attributes;

export const spanKinds = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;

export type SpanOptions = {
  readonly kind?: keyof typeof spanKinds;
  readonly attributes?: SpanAttributes;
  /** W3C `traceparent` of what caused this; a broken or missing one begins a new trace. Without this field the active span is the parent. */
  readonly parent?: string | undefined;
};

/** Runs `work` inside a span; a failure is marked by its error code only. Costs next to nothing when tracing is off. */
export async function withSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  const parent = 'parent' in options ? contextOf(options.parent) : context.active();
  return tracer().startActiveSpan(
    name,
    { kind: spanKinds[options.kind ?? 'internal'], attributes: options.attributes ?? {} },
    parent,
    async (span) => {
      try {
        return await work();
      } catch (error) {
        const code = (error as { code?: unknown }).code;
        span.setStatus({ code: SpanStatusCode.ERROR, message: typeof code === 'string' ? code : 'error' });
        throw error;
      } finally {
        span.end();
      }
    },
  );
}

/** W3C `traceparent` of the active span, for message headers, outbox rows and outgoing calls; `undefined` when tracing is off. */
export function currentTraceparent(): string | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

const contextOf = (traceparent: string | undefined) =>
  traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
