import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asyncApi, eventSchemas, incompatibilities, openApi } from '@voorrang/contracts/generate';
import { generatePolicySchemas } from '@voorrang/protocol/generate';

/**
 * Writes everything under schemas/ that follows from the code. `--check` writes nothing and ends with 1 when a file differs.
 * An event schema that is more than an optional addition to the one that is there is refused: it needs a new major version.
 */
const root = join(import.meta.dirname, '../schemas');
const check = process.argv.includes('--check');

const jsonFiles = (folder: string, schemas: Readonly<Record<string, unknown>>): [string, string][] =>
  Object.entries(schemas).map(([name, schema]) => [join(folder, name), `${JSON.stringify(schema, null, 2)}\n`]);

const wanted = new Map<string, string>([
  ...jsonFiles('events', eventSchemas()),
  ...jsonFiles('policy', generatePolicySchemas()),
  ['asyncapi.yaml', asyncApi()],
  ['openapi.yaml', openApi()],
]);

const present = (file: string): string | undefined => {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
};
const filesIn = (folder: string): string[] => {
  try {
    return readdirSync(join(root, folder)).map((name) => join(folder, name));
  } catch {
    return [];
  }
};

const changed = [...wanted].filter(([file, text]) => present(file) !== text).map(([file]) => file);
const superfluous = ['events', 'policy'].flatMap(filesIn).filter((file) => !wanted.has(file));
const broken = changed
  .filter((file) => file.startsWith('events'))
  .flatMap((file) => {
    const before = present(file);
    if (before === undefined) return [];
    return incompatibilities(JSON.parse(before), JSON.parse(wanted.get(file) ?? '{}')).map(
      ({ at, what }) => `${file}${at}: ${what}`,
    );
  });

const say = (line: string): void => void process.stdout.write(`${line}\n`);
if (broken.length > 0) {
  say('These changes of events need a new major version:');
  for (const line of broken) say(`  ${line}`);
  process.exitCode = 1;
} else if (check) {
  for (const file of changed) say(`schemas/${file} differs from the code; run npm run schemas`);
  for (const file of superfluous) say(`schemas/${file} follows from nothing; run npm run schemas`);
  if (changed.length + superfluous.length > 0) process.exitCode = 1;
  else say(`schemas: ${wanted.size} files as the code has them`);
} else {
  for (const file of changed) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), wanted.get(file) ?? '');
  }
  for (const file of superfluous.filter((name) => !name.startsWith('events'))) rmSync(join(root, file));
  say(`schemas: ${changed.length} of ${wanted.size} files written`);
}
