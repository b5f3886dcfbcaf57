import type { PageMessage } from '../../application/ports.ts';
import type { ChannelOutcome } from '../../domain/retry.ts';

export type Fetch = typeof fetch;

/** Real time: providers live outside of any sped-up clock. Shorter than the claim on a page. */
export const providerTimeoutMs = 5_000;

const w3cTraceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Headers that every provider gets: the idempotency key, and the trace if it is one (https://www.w3.org/TR/trace-context/). It came from outside:
 * anything else in it could make the call fail, and a page matters more than a trace.
 */
export const providerHeaders = ({ idempotencyKey, traceparent }: PageMessage): Readonly<Record<string, string>> => ({
  'idempotency-key': idempotencyKey,
  ...(traceparent !== undefined && w3cTraceparent.test(traceparent) ? { traceparent } : {}),
});

/** Calls a provider once. Never rejects; reads no body, follows no redirect. */
export async function callProvider(fetcher: Fetch, url: string, request: RequestInit): Promise<ChannelOutcome> {
  try {
    const response = await fetcher(url, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.timeout(providerTimeoutMs),
    });
    await response.body?.cancel().catch(() => undefined);
    return outcomeOfStatus(response.status, response.headers.get('retry-after'));
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** Timeouts (408), too early (425), too many (429) and the provider's own trouble (5xx) may pass; any other answer will be the same again. */
export function outcomeOfStatus(status: number, retryAfter: string | null): ChannelOutcome {
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  // A gateway that lost its upstream (502, 504) cannot know whether the message went through.
  if (status === 502 || status === 504) return { kind: 'ambiguous', code: 'VRG_CHANNEL_UNKNOWN' };
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    const wait = retryAfterMs(retryAfter);
    return {
      kind: 'temporary',
      code: 'VRG_CHANNEL_UNAVAILABLE',
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    };
  }
  return { kind: 'permanent', code: 'VRG_CHANNEL_REFUSED' };
}

/** Seconds (RFC 9110 §10.2.3); the form with a date needs the provider's clock and is passed over. */
function retryAfterMs(value: string | null): number | undefined {
  return value !== null && /^[0-9]{1,6}$/.test(value.trim()) ? Number(value) * 1000 : undefined;
}

/** Nothing was sent when no connection came about. Anything later may have arrived. */
const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function outcomeOfError(error: unknown): ChannelOutcome {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return typeof code === 'string' && (notConnected.has(code) || code === 'UND_ERR_CONNECT_TIMEOUT')
    ? { kind: 'temporary', code: 'VRG_CHANNEL_UNAVAILABLE' }
    : { kind: 'ambiguous', code: 'VRG_CHANNEL_UNKNOWN' };
}
