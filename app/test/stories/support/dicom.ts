import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const template = join(import.meta.dirname, '../../../src/demo/fixtures/CT_small.dcm');

export type CtObject = {
  readonly studyInstanceUid: string;
  readonly series: number;
  readonly instance: number;
  readonly accession: string;
  readonly patientId: string;
  readonly name: string;
  readonly bodyPart: string;
  readonly description: string;
};

/** Makes a CT object from the fixture with dcmtk's `dcmodify`; resolves with its path. */
export async function makeCt(directory: string, object: CtObject): Promise<string> {
  const path = join(directory, `${object.accession}-${object.series}-${object.instance}.dcm`);
  await copyFile(template, path);
  const set = (tag: string, value: string): string[] => ['-i', `${tag}=${value}`];
  await run('dcmodify', [
    '-nb',
    '-imt',
    ...set('(0020,000d)', object.studyInstanceUid),
    ...set('(0020,000e)', `${object.studyInstanceUid}.${object.series}`),
    ...set('(0008,0018)', `${object.studyInstanceUid}.${object.series}.${object.instance}`),
    ...set('(0008,0050)', object.accession),
    ...set('(0010,0010)', object.name),
    ...set('(0010,0020)', object.patientId),
    ...set('(0018,0015)', object.bodyPart),
    ...set('(0008,1030)', object.description),
    path,
  ]);
  return path;
}

/** Sends files with dcmtk's `storescu`; rejects when any of them is not answered with success. */
export async function storescu(port: number, files: readonly string[]): Promise<void> {
  await run('storescu', ['-aet', 'CT1', '-aec', 'VOORRANG', '127.0.0.1', String(port), ...files], {
    env: { ...process.env, TCP_NODELAY: '1' },
  });
}
