import { CrashingFileSystem } from '@voorrang/journal/testing';
import { systemClock } from '@voorrang/kernel';
import { journalBus } from '../src/index.ts';
import { busContract } from '../src/testing/index.ts';

busContract('journal', async () => {
  const fileSystem = new CrashingFileSystem();
  return {
    open: () => journalBus({ directory: '/data/bus', fileSystem, clock: systemClock(), segmentBytes: 4_096 }),
    dispose: async () => undefined,
  };
});
