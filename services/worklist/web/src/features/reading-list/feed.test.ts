import { expect, test } from '@jest/globals';
import { parseFeedEvent } from './feed.ts';

test('a row, a study that is gone and the place of the feed are read with the revision of their id', () => {
  const row = { studyId: 'S', ai: [], reasons: [], revision: 7 };
  expect(parseFeedEvent('row', JSON.stringify(row), 'e.1.8')).toEqual({
    kind: 'change',
    change: { kind: 'row', revision: 8, row },
  });
  expect(parseFeedEvent('gone', '{"studyId":"S","revision":9}', '')).toEqual({
    kind: 'change',
    change: { kind: 'gone', revision: 9, studyId: 'S' },
  });
  expect(parseFeedEvent('revision', '{"epoch":"e.1","revision":9,"state":"rebuilding","stale":true}', 'e.1.9')).toEqual(
    {
      kind: 'place',
      epoch: 'e.1',
      revision: 9,
      rebuilding: true,
      stale: true,
    },
  );
  expect(parseFeedEvent('reset', '', '')).toEqual({ kind: 'reset' });
});

test.each([
  ['row', 'not json'],
  ['row', '{"studyId":"S"}'],
  ['gone', '{"revision":1}'],
  ['gone', 'null'],
  ['revision', '{}'],
] as const)('a %s event with %s changes nothing', (name, data) => {
  expect(parseFeedEvent(name, data, '')).toBeNull();
});
