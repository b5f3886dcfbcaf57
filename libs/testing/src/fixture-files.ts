import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of another project, kept for tests. `name` is its path below the folder of its kind, with slashes. */
export type FixtureFile = { readonly name: string; readonly path: string };

const root = fileURLToPath(new URL('../fixtures/', import.meta.url));
const kept = { dicom: /\.dcm$/, hl7: /\.hl7$|^epic-radiology\/Example/ } as const;

/** Every shared DICOM object or HL7 message, sorted by name: real ones, and those that must be refused. Origins and licences stand beside them. */
export function fixtureFiles(kind: 'dicom' | 'hl7'): readonly FixtureFile[] {
  const folder = join(root, kind);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: path.slice(folder.length + 1).replaceAll(sep, '/'), path }))
    .filter(({ name }) => kept[kind].test(name))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
