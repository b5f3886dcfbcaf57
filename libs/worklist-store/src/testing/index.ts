export { documentOf } from './documents.ts';
export { NaiveModel } from './naive-model.ts';
export { type WorklistStoreUnderTest, worklistStoreContract } from './worklist-store-contract.ts';
