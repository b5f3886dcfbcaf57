import { describe, expect, test } from '@jest/globals';
import { createLogger } from '@voorrang/platform';
import { FakeClock } from '@voorrang/testing';
import { createEpisodeLog } from './episode-log.ts';

function given(endsInSilence: boolean) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const logger = createLogger('info', {
    write: (line) => {
      const { msg, kind, count } = JSON.parse(line);
      lines.push([msg, kind, ...(count === undefined ? [] : [count])].join(' | '));
    },
  });
  const log = createEpisodeLog({ clock, logger }, { endsInSilence });
  const many = (kind: string, count: number): void => {
    for (let index = 0; index < count; index += 1) log.happened(kind, 'refused', {});
  };
  return { clock, lines, log, many };
}

describe('a log of what happens thousands of times', () => {
  test('writes the first of a kind, then one line per minute with the count', async () => {
    const { clock, lines, many } = given(true);
    many('limit', 1000);
    many('other', 1);
    await clock.advance(60_000);
    many('limit', 500);
    await clock.advance(60_000);
    expect(lines).toEqual([
      'refused | limit',
      'refused | other',
      'refused, repeatedly | limit | 999',
      'refused, repeatedly | limit | 500',
    ]);
  });

  test('begins anew after a minute of silence, and waits for nothing meanwhile', async () => {
    const { clock, lines, many } = given(true);
    many('limit', 1);
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
    many('limit', 1);
    expect(lines).toEqual(['refused | limit', 'refused | limit']);
  });

  test('tells the end with the whole count where silence is no end', async () => {
    const { clock, lines, log, many } = given(false);
    many('full', 10);
    await clock.advance(180_000);
    many('full', 2);
    log.over('taken again');
    log.over('taken again');
    expect(lines).toEqual(['refused | full', 'refused, repeatedly | full | 9', 'taken again | full | 12']);
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  test('tells what it counted when it is closed', () => {
    const { clock, lines, log, many } = given(true);
    many('limit', 3);
    log.close();
    expect([...lines, clock.pending]).toEqual(['refused | limit', 'refused, repeatedly | limit | 2', 0]);
  });
});
