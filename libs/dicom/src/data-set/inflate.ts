import { inflateRawSync } from 'node:zlib';
import { VoorrangError } from '@voorrang/kernel';

/** Inflates a whole deflated data set (PS3.5 §A.5) to at most `limit` bytes. Throws `VRG_DICOM_DATASET_INVALID` when it is larger or broken. */
export function inflateWhole(bytes: Buffer, limit: number): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: limit });
  } catch (cause) {
    throw new VoorrangError('VRG_DICOM_DATASET_INVALID', 'the data set cannot be inflated', {
      details: { attribute: 'deflated data set', limit },
      cause,
    });
  }
}
