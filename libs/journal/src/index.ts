export type { FileHandle, FileSystem } from './file-system.ts';
export type { Journal, JournalOptions, JournalRecord } from './journal.ts';
