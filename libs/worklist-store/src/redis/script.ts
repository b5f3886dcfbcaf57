import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { luaKeyNames } from './keys.ts';

const folder = join(import.meta.dirname, 'scripts');
const shared = `${luaKeyNames}\n${readFileSync(join(folder, 'shared.lua'), 'utf8')}\n`;

export const scriptNames = [
  'acquire',
  'apply',
  'begin-rebuild',
  'rebuild',
  'finish-rebuild',
  'sweep',
  'page',
  'study',
  'search',
  'changes',
  'status',
] as const;
export type ScriptName = (typeof scriptNames)[number];

/** What the header of a script says: names of its keys and arguments in order, and whether more arguments may follow. */
export type ScriptHeader = {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly rest: boolean;
};

export type Script = {
  readonly text: string;
  readonly header: ScriptHeader;
  readonly lua: string;
  readonly sha: string;
};

/** Reads `-- KEYS[1] name`, `-- ARGV[1] name` and `-- ARGV[n..] what follows` of the comment a script begins with. */
export function headerOf(text: string): ScriptHeader {
  const keys: string[] = [];
  const args: string[] = [];
  let rest = false;
  for (const [, kind, index, more, name = ''] of text.matchAll(/^-- (KEYS|ARGV)\[(\d+)(\.\.)?\] (\w+)/gm)) {
    const names = kind === 'KEYS' ? keys : args;
    if (Number(index) !== names.length + 1 || rest) throw new Error(`script header: ${kind}[${index}] is out of order`);
    if (more) rest = true;
    else names.push(name);
  }
  return { keys, args, rest };
}

const load = (name: ScriptName): Script => {
  const text = readFileSync(join(folder, `${name}.lua`), 'utf8');
  const lua = shared + text;
  return { text, header: headerOf(text), lua, sha: createHash('sha1').update(lua).digest('hex') };
};

export const scripts: Readonly<Record<ScriptName, Script>> = Object.fromEntries(
  scriptNames.map((name) => [name, load(name)]),
) as Record<ScriptName, Script>;

export type ScriptValues = Readonly<Record<string, string | number>>;

/**
 * Runs a script with keys and arguments taken by the names of its header from `values`.
 * Throws when the header names one that is not given: a script and its caller cannot drift apart.
 */
export async function runScript(
  redis: Redis,
  name: ScriptName,
  values: ScriptValues,
  rest: readonly string[] = [],
): Promise<unknown> {
  const { header, lua, sha } = scripts[name];
  if (rest.length > 0 && !header.rest) throw new Error(`script ${name} takes no further arguments`);
  const given = [...header.keys, ...header.args].map((each) => {
    const value = values[each];
    if (value === undefined) throw new Error(`script ${name} needs ${each}`);
    return String(value);
  });
  try {
    return await redis.evalsha(sha, header.keys.length, ...given, ...rest);
  } catch (error) {
    // The server has never seen it, or has restarted since.
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(lua, header.keys.length, ...given, ...rest);
  }
}
