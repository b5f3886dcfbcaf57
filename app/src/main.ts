#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { toVoorrangError } from '@voorrang/kernel';
import { commands } from './commands/index.ts';
import { usage } from './commands/usage.ts';

/**
 * What sockets read is memory outside of V8's heap that only a collection gives back, and V8 answers its growth with collections of the whole heap: ten a second at
 * full speed. A small young generation is collected before it comes to that, at a fraction of the cost (docs/adr/0028).
 */
setFlagsFromString('--scavenger-max-new-space-capacity-mb=4');

/** The command line. Exit codes: 0 done, 1 failed, 2 the call or the configuration is refused. */
const [name = '--help', ...rest] = process.argv.slice(2);
const load = commands[name];

if (name === '--help' || name === 'help') {
  process.stdout.write(usage);
} else if (load === undefined) {
  process.stderr.write(`voorrang: no command '${name}'\n\n${usage}`);
  process.exit(2);
} else {
  try {
    process.exit(await (await load())(rest));
  } catch (error) {
    const { code, message, details } = toVoorrangError(error);
    if (code === 'VRG_INTERNAL') throw error;
    process.stderr.write(`${message} (${code}) ${JSON.stringify(details)}\n`);
    process.exit(1);
  }
}
