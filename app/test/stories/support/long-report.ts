import { createHash } from 'node:crypto';
import { type DicomJson, readDataSet, writeDataSet } from '@voorrang/dicom';
import { apiToken, type Product } from './product.ts';

const explicit = '1.2.840.10008.1.2.1';

export type LongReport = {
  readonly bytes: Buffer;
  /** By which the content is asked for: it is too large for an event. */
  readonly digest: string;
};

/** A structured report of a study, so long that its content is kept beside its fact. */
export function longReport(studyInstanceUid: string): LongReport {
  const line: DicomJson = { '0040A160': { vr: 'UT', Value: ['No sign of acute pathology. '.repeat(40)] } };
  const bytes = writeDataSet(
    {
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.33'] },
      '00080018': { vr: 'UI', Value: [`${studyInstanceUid}.88.1`] },
      '00080060': { vr: 'CS', Value: ['SR'] },
      '0020000D': { vr: 'UI', Value: [studyInstanceUid] },
      '0020000E': { vr: 'UI', Value: [`${studyInstanceUid}.88`] },
      '0040A730': { vr: 'SQ', Value: Array.from({ length: 600 }, () => line) },
    },
    explicit,
  );
  const content = JSON.stringify(readDataSet(bytes, explicit));
  return { bytes, digest: createHash('sha256').update(content).digest('hex') };
}

/** Sends objects by STOW-RS; resolves with the status. */
export async function stow({ base }: Product, objects: readonly Buffer[]): Promise<number> {
  const parts = objects.flatMap((bytes) => [
    Buffer.from(`--story\r\nContent-Type: application/dicom; transfer-syntax=${explicit}\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
  const answer = await fetch(`${base}/dicomweb/studies`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiToken}`,
      'content-type': 'multipart/related; type="application/dicom"; boundary=story',
    },
    body: new Uint8Array(Buffer.concat([...parts, Buffer.from('--story--')])),
  });
  await answer.arrayBuffer();
  return answer.status;
}
