import type { Problem } from '@voorrang/contracts';

/** An answer that is not 2xx, or none at all (`status` 0). `problem` is there when the service said what was wrong. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: (Problem & { readonly holder?: unknown }) | null;

  constructor(status: number, problem: ApiError['problem']) {
    super(problem?.title ?? (status === 0 ? 'no connection' : `status ${status}`));
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }
}

export const unauthenticatedEvent = 'voorrang:unauthenticated';
const timeoutMs = 15_000;

export const getJson = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  request<T>('GET', path, undefined, signal);
export const postJson = <T>(path: string, body: unknown = {}): Promise<T> => request<T>('POST', path, body);

async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const limits = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      signal: AbortSignal.any(limits),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, null);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  if (response.status === 401) window.dispatchEvent(new Event(unauthenticatedEvent));
  const isProblem = typeof answer === 'object' && answer !== null && 'title' in answer;
  throw new ApiError(response.status, isProblem ? (answer as ApiError['problem']) : null);
}
