/** How the bytes of a data set are written (PS3.5 §A). Pixel encodings do not matter here: all of them are explicit little endian outside the pixels. */
export type Encoding = { readonly explicit: boolean; readonly bigEndian: boolean; readonly deflated: boolean };

export const implicitLittleEndian = '1.2.840.10008.1.2';
export const explicitLittleEndian = '1.2.840.10008.1.2.1';

const explicit: Encoding = { explicit: true, bigEndian: false, deflated: false };
const deflated: Encoding = { ...explicit, deflated: true };
const implicit: Encoding = { explicit: false, bigEndian: false, deflated: false };

const encodings: ReadonlyMap<string, Encoding> = new Map([
  [implicitLittleEndian, implicit],
  [explicitLittleEndian, explicit],
  ['1.2.840.10008.1.2.1.98', explicit], // encapsulated uncompressed
  ['1.2.840.10008.1.2.1.99', deflated],
  ['1.2.840.10008.1.2.2', { explicit: true, bigEndian: true, deflated: false }],
  ['1.2.840.10008.1.2.4.95', deflated], // JPIP referenced, deflated
  ['1.2.840.10008.1.2.4.205', deflated], // JPIP HTJ2K referenced, deflated
  ['1.2.840.10008.1.2.5', explicit], // RLE
  ['1.2.840.10008.1.2.8.1', explicit], // deflated image frames: the data set itself is not
  ['1.2.840.113619.5.2', implicit], // GE private: implicit little endian, big endian pixels
]);
/** JPEG, JPEG-LS, JPEG 2000, MPEG, HEVC, HTJ2K, JPEG XL: everything under 1.2.4. */
const encapsulated = /^1\.2\.840\.10008\.1\.2\.4\.\d{2,3}$/;

/** The encoding of a transfer syntax, `undefined` when it is not accepted (XML, MIME, SMPTE streams, unknown private ones). */
export const encodingOf = (transferSyntax: string): Encoding | undefined =>
  encodings.get(transferSyntax) ?? (encapsulated.test(transferSyntax) ? explicit : undefined);
