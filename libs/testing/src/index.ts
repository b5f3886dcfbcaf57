export { FakeClock, settle } from './fake-clock.ts';
export { fixture, fixtureNames } from './fixtures.ts';
export { describeWith, describeWithOwn } from './infra/describe-with.ts';
export * from './infrastructure.ts';
export { type LeakGuard, leakGuard } from './leak-guard.ts';
export { seededIds, shuffled } from './seeded.ts';
