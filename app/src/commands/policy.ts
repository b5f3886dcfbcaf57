import { readProtocolDirectory } from '@voorrang/protocol';
import { complain, say } from './say.ts';

/** `policy check DIR`: every mistake of every file at once, as `file:line path: message`. */
export async function policy(args: readonly string[]): Promise<number> {
  const [verb, directory] = args;
  if (verb !== 'check' || directory === undefined) {
    complain('usage: voorrang policy check DIR');
    return 2;
  }
  const protocol = await readProtocolDirectory(directory, { environment: (name) => process.env[name] });
  if (protocol.ok) {
    say(`${directory}: ${Object.keys(protocol.value.files).length} files, no mistakes, hash ${protocol.value.hash}`);
    return 0;
  }
  for (const { file, line, path, message } of protocol.error) complain(`${file}:${line} ${path}: ${message}`);
  complain(`${protocol.error.length} mistakes`);
  return 1;
}
