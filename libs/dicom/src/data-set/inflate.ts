import { VoorrangError } from '@voorrang/kernel';
import { Inflate } from 'fflate';

/** Compressed bytes that are inflated at a time: at most a thousandfold of this is made before the limits are looked at (RFC 1951 gives 1032 at most). */
const pieceBytes = 8 << 10;
/** Headers and reports shrink to a tenth; this much more is no text. Small objects may do what they like. */
const highestRatio = 250;
const freeBytes = 1 << 20;

/** Why a deflated stream was given up. */
export type InflateFailure = 'broken' | 'larger than what is inflated' | 'ratio of inflation';

/**
 * Inflates a deflated data set (PS3.5 §A.5) while it arrives, each byte once. It stops for good at what is no deflate stream, at `limit` inflated bytes, and at a ratio that
 * nothing but a bomb has.
 */
export class BoundedInflate {
  failure: InflateFailure | undefined;
  readonly #limit: number;
  readonly #inflate: Inflate;
  #taken = 0;
  #given = 0;

  /** `onBytes` gets what was inflated, in pieces; they may be kept. */
  constructor(limit: number, onBytes: (bytes: Buffer) => void) {
    this.#limit = limit;
    this.#inflate = new Inflate((bytes) => {
      this.#given += bytes.length;
      if (bytes.length > 0) onBytes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    });
  }

  /** `wanted` is asked between pieces: whether more is of use. */
  push(bytes: Buffer, wanted: () => boolean = () => true): void {
    for (let at = 0; at < bytes.length && this.failure === undefined && wanted(); at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      this.#taken += piece.length;
      try {
        this.#inflate.push(piece);
      } catch {
        this.failure = 'broken';
        return;
      }
      if (this.#given > this.#limit) this.failure = 'larger than what is inflated';
      else if (this.#given > freeBytes && this.#given > this.#taken * highestRatio) this.failure = 'ratio of inflation';
    }
  }
}

/** A whole deflated data set, at most `limit` bytes of it. Throws `VRG_DICOM_DATASET_INVALID` when it is larger, a bomb, or broken. */
export function inflateWhole(bytes: Buffer, limit: number): Buffer {
  const pieces: Buffer[] = [];
  const inflate = new BoundedInflate(limit, (piece) => pieces.push(piece));
  inflate.push(bytes);
  if (inflate.failure === undefined) return Buffer.concat(pieces);
  throw new VoorrangError('VRG_DICOM_DATASET_INVALID', `the data set cannot be inflated: ${inflate.failure}`, {
    details: { attribute: 'deflated data set', limit },
  });
}
