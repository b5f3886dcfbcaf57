import { expect, test } from '@jest/globals';
import { routeOf, safeNext } from './route.ts';

test.each([
  ['/', { page: 'list' }],
  ['/studies/ABC', { page: 'study', studyId: 'ABC' }],
  ['/studies/ABC/', { page: 'study', studyId: 'ABC' }],
  ['/alerts', { page: 'alerts' }],
  ['/alerts/XYZ', { page: 'alert', alertId: 'XYZ' }],
  ['/operations', { page: 'operations' }],
  ['/quarantine', { page: 'quarantine' }],
  ['/quarantine/Q1', { page: 'quarantined', id: 'Q1' }],
  ['/sign-in', { page: 'sign-in' }],
  ['/studies', { page: 'not-found' }],
  ['/studies/a/b', { page: 'not-found' }],
  ['/nowhere', { page: 'not-found' }],
  ['/studies/%E0%A4%A', { page: 'study', studyId: '%E0%A4%A' }],
])('%s', (path, route) => {
  expect(routeOf(path)).toEqual(route);
});

test.each([
  ['/alerts/1', '/alerts/1'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  [null, '/'],
])('after sign-in %s leads to %s', (next, path) => {
  expect(safeNext(next)).toBe(path);
});
