import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../fixtures');

/** Bytes of a published test file, by its path below `libs/testing/fixtures`: `hl7/mesa/adt-101.102.a04.hl7`. */
export const fixture = (path: string): Uint8Array => readFileSync(join(root, path));

/** Paths of all test files of a folder (`hl7`), sorted, as `fixture` takes them; licences and READMEs are none. */
export const fixtureNames = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^(LICENSE|README|MESA-COPYRIGHT)/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
