import { expect, test } from '@jest/globals';
import { completeLock } from './lock-entries.ts';

const native = {
  dev: true,
  optionalDependencies: { '@x/core-linux-x64-gnu': '1.2.3', '@x/core-openharmony-arm64': '1.2.3' },
};

test('an optional dependency that the lock file does not name gets an entry that says for which platform it is', () => {
  const { lock, added } = completeLock({
    packages: { '': {}, 'node_modules/@x/core': native, 'node_modules/@x/core-linux-x64-gnu': { version: '1.2.3' } },
  });
  expect(added).toEqual(['@x/core-openharmony-arm64@1.2.3']);
  expect(lock.packages['node_modules/@x/core-openharmony-arm64']).toEqual({
    version: '1.2.3',
    cpu: ['arm64'],
    os: ['openharmony'],
    dev: true,
    optional: true,
  });
});

test('an entry in the folder of the package that needs it, or above, is enough', () => {
  const packages = {
    '': {},
    'node_modules/a': {},
    'node_modules/a/node_modules/b': { optionalDependencies: { 'c-linux-x64': '1.0.0', 'd-linux-x64': '1.0.0' } },
    'node_modules/a/node_modules/c-linux-x64': {},
    'node_modules/d-linux-x64': {},
  };
  expect(completeLock({ packages }).added).toEqual([]);
});

test('a complete lock file stays as it is', () => {
  const once = completeLock({ packages: { '': {}, 'node_modules/@x/core': native } });
  const twice = completeLock(once.lock);
  expect(twice).toEqual({ lock: once.lock, added: [] });
});
