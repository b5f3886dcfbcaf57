export { checkJournal, type JournalRepair, type JournalReport, repairJournal } from './check.ts';
export { crc32c } from './crc32c.ts';
export { makeDirectoryDurably, readFileIfPresent, writeFileDurably } from './durable-file.ts';
export type { FileHandle, FileSystem } from './file-system.ts';
export type { Journal, JournalOptions, JournalRecord } from './journal.ts';
export { nodeFileSystem } from './node-file-system.ts';
export { openJournal } from './open-journal.ts';
