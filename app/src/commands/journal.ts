import { existsSync } from 'node:fs';
import { checkJournal, nodeFileSystem, repairJournal } from '@voorrang/journal';
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
  if (options.includes('--repair')) say(JSON.stringify(await repairJournal(directory, nodeFileSystem())));
  const report = await checkJournal(directory, nodeFileSystem());
  say(JSON.stringify(report));
  return report.verdict === 'corrupt' ? 1 : 0;
}
