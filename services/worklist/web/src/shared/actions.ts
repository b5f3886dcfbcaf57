import { ApiError, postJson } from './api.ts';

export type StudyAction = 'claim' | 'release' | 'read' | 'raise';

/** What came of an action; a conflict with a claim says who holds the study, so that taking over can be offered. */
export type ActionOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'held'; readonly by: string }
  | { readonly kind: 'failed'; readonly what: string };

export async function actOnStudy(studyId: string, action: StudyAction, body: unknown = {}): Promise<ActionOutcome> {
  return settle(postJson(`/api/v1/studies/${encodeURIComponent(studyId)}/${action}`, body));
}

export async function actOnAlert(alertId: string, action: 'acknowledge' | 'decline'): Promise<ActionOutcome> {
  return settle(postJson(`/api/v1/alerts/${encodeURIComponent(alertId)}/${action}`));
}

async function settle(sent: Promise<unknown>): Promise<ActionOutcome> {
  try {
    await sent;
    return { kind: 'done' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const by = holderOf(error.problem);
    if (error.status === 409 && by !== null) return { kind: 'held', by };
    return { kind: 'failed', what: error.problem?.detail ?? error.message };
  }
}

function holderOf(problem: ApiError['problem']): string | null {
  const holder: unknown = problem?.holder;
  if (typeof holder === 'string') return holder;
  const by = typeof holder === 'object' && holder !== null ? (holder as { by?: unknown }).by : null;
  return typeof by === 'string' ? by : null;
}
