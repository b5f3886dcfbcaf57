import { worklistStoreContract } from '../testing/index.ts';
import { inMemoryWorklistStore } from './in-memory-worklist-store.ts';

worklistStoreContract('in memory', async () => {
  const store = inMemoryWorklistStore();
  return { store, lose: async () => store.forget(), end: () => store.close() };
});
