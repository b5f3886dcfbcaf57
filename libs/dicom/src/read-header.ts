import { VoorrangError } from '@voorrang/kernel';
import type { DicomHeader } from './header.ts';
import { HeaderCollector } from './header-collector.ts';
import { encodingOf } from './transfer-syntax.ts';

/** More than any header before the pixels. */
const longestHeader = 4 << 20;

/**
 * Reads the header of a data set without file meta information. `bytes` may end anywhere after the attributes that matter: pixels are not needed.
 * Throws `VRG_DICOM_DATASET_INVALID` when Study, Series or SOP Instance UID or the SOP class is missing or no UID, or the transfer syntax is not known.
 */
export function readHeader(bytes: Uint8Array, transferSyntax: string): DicomHeader {
  const encoding = encodingOf(transferSyntax);
  if (encoding === undefined) {
    throw new VoorrangError('VRG_DICOM_DATASET_INVALID', 'the data set cannot be read: transfer syntax', {
      details: { attribute: 'transfer syntax' },
    });
  }
  const collector = new HeaderCollector(longestHeader);
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  collector.begin(encoding, '');
  collector.append(given, 0, given.length);
  const { header } = collector.finish();
  if (header.ok) return header.value;
  throw header.error;
}
