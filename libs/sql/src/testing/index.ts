export { type DatabaseContractFactory, databaseContract } from './database-contract.ts';
export { plumbingContract } from './plumbing-contract.ts';
