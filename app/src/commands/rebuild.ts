import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSettings } from '@voorrang/platform';
import { lockDataDirectory } from '../compose/data-directory.ts';
import { snapshotDirectory } from '../compose/places.ts';
import { complain, say } from './say.ts';

/** Forgets the snapshot of the reading list. The facts stay: the next start folds the whole log and readers see `rebuilding` meanwhile. */
export async function rebuild(): Promise<number> {
  const loaded = loadSettings(process.env);
  if (!loaded.ok) {
    for (const { place, message } of loaded.error) complain(`${place}: ${message}`);
    return 2;
  }
  const { VOORRANG_DATA_DIR: dataDirectory } = loaded.value.settings;
  const release = await lockDataDirectory(dataDirectory);
  await rm(join(dataDirectory, snapshotDirectory), { recursive: true, force: true });
  await release();
  say('The snapshot is gone. The next start folds the log anew.');
  return 0;
}
