export type { WorklistStoreUnderTest } from './desk.ts';
export { documentOf } from './documents.ts';

export { NaiveModel } from './naive-model.ts';
export { worklistStoreContract } from './worklist-store-contract.ts';
