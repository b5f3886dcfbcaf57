import { readFileSync } from 'node:fs';
import { fixtureFiles } from '@voorrang/testing';

/** A shared DICOM object by the end of its name, without `.dcm`. */
export function dicomFile(name: string): Buffer {
  const file = fixtureFiles('dicom').find((each) => `/${each.name}`.endsWith(`/${name}.dcm`));
  if (file === undefined) throw new Error(`no fixture ${name}`);
  return readFileSync(file.path);
}
