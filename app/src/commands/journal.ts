import { existsSync } from 'node:fs';
import { checkJournal, nodeFileSystem, repairJournal } from '@voorrang/journal';
import { dataDirectoryAbove, lockDataDirectory } from '../compose/data-directory.ts';
import { complain, say } from './say.ts';

/** `journal check DIR [--repair]`. */
export async function journal(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args;
  const directory = rest.find((arg) => !arg.startsWith('--'));
  const options = rest.filter((arg) => arg.startsWith('--'));
  if (verb !== 'check' || directory === undefined || options.some((option) => option !== '--repair')) {
    complain('usage: voorrang journal check DIR [--repair]');
    return 2;
  }
  if (!existsSync(directory)) {
    complain(`${directory}: there is no such directory`);
    return 2;
  }
  if (options.includes('--repair')) {
    // A running product goes on writing to the file that a repair replaces: what it then acknowledges would be lost.
    const dataDirectory = dataDirectoryAbove(directory);
    const release = dataDirectory === undefined ? async () => {} : await lockDataDirectory(dataDirectory);
    try {
      say(JSON.stringify(await repairJournal(directory, nodeFileSystem())));
    } finally {
      await release();
    }
  }
  const report = await checkJournal(directory, nodeFileSystem());
  say(JSON.stringify(report));
  return report.verdict === 'corrupt' ? 1 : 0;
}
