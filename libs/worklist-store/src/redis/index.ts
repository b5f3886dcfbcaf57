export { redisWorklistStore } from './redis-worklist-store.ts';
