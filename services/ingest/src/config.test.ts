import { expect, test } from '@jest/globals';
import { parseIngestConfig } from './config.ts';

test('a configuration with two mistakes is refused with both', () => {
  expect(() => parseIngestConfig({ dicomPort: -1, aeTitle: 'SEVENTEENLETTERSX' })).toThrow(/dicomPort.*aeTitle/);
});

test('a hard limit below the quiet time is refused', () => {
  expect(() => parseIngestConfig({ settleSeconds: 60, hardLimitSeconds: 30 })).toThrow(
    'hardLimitSeconds: must not be shorter',
  );
});

test('an unknown name is refused', () => {
  expect(() => parseIngestConfig({ setleSeconds: 60 } as object)).toThrow('setleSeconds');
});
