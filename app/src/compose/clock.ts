import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem, writeFileDurably } from '@voorrang/journal';
import { type Clock, epochOf, systemClock } from '@voorrang/kernel';
import type { Settings } from '@voorrang/platform';

/**
 * The clock of this process. Sped-up time begins at an origin that is kept with the data: a restart must not go back behind
 * stamps and due times that are already written.
 */
export async function clockOf(settings: Settings): Promise<Clock> {
  const scale = settings.VOORRANG_TIME_SCALE;
  if (scale === 1) return systemClock();
  if (settings.VOORRANG_TIME_ORIGIN !== undefined) return systemClock(scale, epochOf(settings.VOORRANG_TIME_ORIGIN));
  const path = join(settings.VOORRANG_DATA_DIR, 'time-origin');
  if (!existsSync(path)) await writeFileDurably(nodeFileSystem(), path, Buffer.from(String(Date.now())));
  return systemClock(scale, Number(await readFile(path, 'utf8')));
}
