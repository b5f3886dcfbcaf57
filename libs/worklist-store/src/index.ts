export { type InMemoryWorklistStore, inMemoryWorklistStore } from './memory/in-memory-worklist-store.ts';
export * from './port.ts';
export { matchesName, querySearchTokens, rowSearchTokens, type Searchable, type SearchQuery } from './search-tokens.ts';
export { sortKeyOf } from './sort-key.ts';
