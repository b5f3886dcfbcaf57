import { sqliteProvider } from '@voorrang/sql';
import { tempDirectory } from '@voorrang/testing';
import { studyBookContract } from './study-book-contract.ts';

studyBookContract('SQLite', async () => {
  const directory = await tempDirectory();
  const provider = sqliteProvider({ directory: directory.path });
  return {
    provider,
    dispose: async () => {
      await provider.close();
      await directory.remove();
    },
  };
});
