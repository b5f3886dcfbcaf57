import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fixtureFiles } from '@voorrang/testing';

/** Patient's Name of each shared DICOM file as pydicom decodes it; beside the files. */
export function publishedNames(): Readonly<Record<string, string | null>> {
  const [{ path, name }] = fixtureFiles('dicom') as [{ path: string; name: string }];
  const folder = path.slice(0, path.length - name.length);
  return JSON.parse(readFileSync(join(dirname(join(folder, 'x')), 'names.json'), 'utf8'));
}

/** A person name (PS3.5 §6.2 PN) as the list shows it: "Family, Given Middle" of the alphabetic group, else of the next one that says something. */
export function displayName(name: string): string | null {
  for (const group of name.split('=')) {
    const [family = '', given = '', middle = ''] = group.split('^').map((part) => part.trim());
    const shown = [family, [given, middle].filter(Boolean).join(' ')].filter(Boolean).join(', ');
    if (shown !== '') return shown;
  }
  return null;
}
