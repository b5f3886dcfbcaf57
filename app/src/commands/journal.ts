import { checkJournal, nodeFileSystem, repairJournal } from '@voorrang/journal';
import { complain, say } from './say.ts';

/** `journal check DIR [--repair]`. */
export async function journal(args: readonly string[]): Promise<number> {
  const [verb, directory, ...options] = args;
  if (verb !== 'check' || directory === undefined) {
    complain('usage: voorrang journal check DIR [--repair]');
    return 2;
  }
  if (options.includes('--repair')) say(JSON.stringify(await repairJournal(directory, nodeFileSystem())));
  const report = await checkJournal(directory, nodeFileSystem());
  say(JSON.stringify(report));
  return report.verdict === 'corrupt' ? 1 : 0;
}
