import { describe, expect, test } from '@jest/globals';
import { ClientOutbox, type StreamEvent } from './client-outbox.ts';

const change = (studyId: string, revision: number): StreamEvent => ({
  kind: 'change',
  epoch: 'e',
  change: { kind: 'gone', studyId, revision },
});
const revision = (at: number): StreamEvent => ({
  kind: 'revision',
  at: { epoch: 'e', revision: at },
  state: 'current',
  stale: false,
});
const reset = (at: number): StreamEvent => ({ kind: 'reset', at: { epoch: 'e', revision: at } });

function drained(outbox: ClientOutbox): string[] {
  const seen: string[] = [];
  for (let event = outbox.take(); event; event = outbox.take())
    seen.push(
      event.kind === 'change' && event.change.kind === 'gone'
        ? `${event.change.studyId}${event.change.revision}`
        : `${event.kind}${event.kind === 'change' ? '' : event.at.revision}`,
    );
  return seen;
}

describe('what waits for a client', () => {
  const after = (events: readonly StreamEvent[], longest = 3): string[] => {
    const outbox = new ClientOutbox(longest);
    for (const event of events) outbox.add(event);
    return drained(outbox);
  };

  test('is the newest change of each study, by revision, and then where the feed stands', () => {
    expect(after([change('A', 1), change('B', 2), revision(2), change('A', 3), revision(3)])).toEqual([
      'B2',
      'A3',
      'revision3',
    ]);
  });

  test('is one reset when it would grow beyond the limit, as new as what came after', () => {
    expect(after([change('A', 1), change('B', 2), change('C', 3), change('D', 4), change('E', 5)])).toEqual(['reset5']);
    expect(after([change('A', 1), reset(2), change('B', 3), revision(4)])).toEqual(['reset4', 'revision4']);
  });

  test('goes on with changes once the reset is sent', () => {
    const outbox = new ClientOutbox(3);
    outbox.add(reset(1));
    expect(drained(outbox)).toEqual(['reset1']);
    outbox.add(change('A', 2));
    expect(drained(outbox)).toEqual(['A2']);
  });
});
