import { get, type IncomingMessage } from 'node:http';
import { waitUntil } from '@voorrang/testing';

export type SentEvent = { readonly event: string; readonly id: string; readonly data: Record<string, unknown> };

/** A client of the event stream over a real socket. It can stop reading, as a slow one does. */
export type EventClient = {
  readonly status: number;
  readonly events: SentEvent[];
  readonly comments: string[];
  /** Waits until an event fits, and gives the first that does. */
  until(fits: (event: SentEvent) => boolean, what?: string): Promise<SentEvent>;
  pause(): void;
  resume(): void;
  close(): void;
};

export async function openEvents(
  base: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<EventClient> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${base}${path}`, { headers, agent: false }, resolve).once('error', reject);
  });
  const events: SentEvent[] = [];
  const comments: string[] = [];
  let text = '';
  response.setEncoding('utf8');
  response.on('error', () => undefined);
  response.on('data', (chunk: string) => {
    text += chunk;
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1] ?? '';
      if (frame.startsWith(':')) comments.push(frame);
      else
        events.push({
          event: field('event'),
          id: field('id'),
          data: JSON.parse(field('data')) as Record<string, unknown>,
        });
    }
  });
  return {
    status: response.statusCode ?? 0,
    events,
    comments,
    until: (fits, what = 'an event') => waitUntil(() => events.find(fits), { what }),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void response.destroy(),
  };
}
