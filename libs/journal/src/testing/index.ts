export { CrashingFileSystem, type Failure, type FileSystemOperation } from './crashing-file-system.ts';
export { seededRandom } from './seeded-random.ts';
export { type SyncPlace, withoutSync } from './without-sync.ts';
