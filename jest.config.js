export default {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  testMatch: ['<rootDir>/{libs,services,app,bench,scripts,deploy}/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    // A pure run: what is tested with plain values, and the libraries. No server, no process, no service as a whole; it takes seconds.
    ...(process.env.VOORRANG_TEST_PURE === '1'
      ? ['\\.infra\\.test\\.ts$', '/app/test/', '/services/[^/]+/test/', '/kill']
      : []),
  ],
  globalSetup: '<rootDir>/scripts/jest-global-setup.ts',
  globalTeardown: '<rootDir>/scripts/jest-global-teardown.ts',
  testTimeout: 20000,
};
