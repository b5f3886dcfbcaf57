import { inflateRawSync } from 'node:zlib';
import { VoorrangError } from '@voorrang/kernel';
import { characterSetOf, decodeText, personName } from './character-sets.ts';
import { ElementScan } from './element-scan.ts';
import { isEvidenceSopClass } from './sop-classes.ts';
import { type Encoding, encodingOf } from './transfer-syntax.ts';

type Text = string | null;

/** What Voorrang needs of one object (PS3.3 §C.7). Empty attributes are null; text is UTF-8 and at most 1024 characters. */
export type DicomHeader = {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  /** No image to be read: report, key object, presentation state, secondary capture, segmentation, dose, document, waveform. */
  readonly isEvidence: boolean;
  readonly modality: Text;
  /** null when the object names no patient id. `issuer` is Issuer of Patient ID as sent. */
  readonly patient: {
    readonly id: string;
    readonly issuer: Text;
    readonly name: Text;
    readonly birthDate: Text;
    readonly sex: 'M' | 'F' | 'O' | null;
  } | null;
  readonly accessionNumbers: readonly string[];
  readonly studyDescription: Text;
  readonly seriesDescription: Text;
  readonly bodyPart: Text;
  readonly laterality: Text;
  /** AcquisitionDateTime, else acquisition date and time, as sent. */
  readonly acquiredAt: Text;
  readonly equipment: {
    readonly manufacturer: Text;
    readonly model: Text;
    readonly station: Text;
    readonly softwareVersions: Text;
  };
  readonly acquisition: {
    readonly kernel: Text;
    readonly sliceThicknessMm: number | null;
    readonly protocol: Text;
    readonly contrastAgent: Text;
    readonly kVp: number | null;
  };
};

const tags = {
  specificCharacterSet: 0x00080005,
  sopClassUid: 0x00080016,
  sopInstanceUid: 0x00080018,
  acquisitionDate: 0x00080022,
  acquisitionDateTime: 0x0008002a,
  acquisitionTime: 0x00080032,
  accessionNumber: 0x00080050,
  modality: 0x00080060,
  manufacturer: 0x00080070,
  stationName: 0x00081010,
  studyDescription: 0x00081030,
  seriesDescription: 0x0008103e,
  model: 0x00081090,
  patientName: 0x00100010,
  patientId: 0x00100020,
  issuerOfPatientId: 0x00100021,
  birthDate: 0x00100030,
  sex: 0x00100040,
  contrastAgent: 0x00180010,
  bodyPart: 0x00180015,
  sliceThickness: 0x00180050,
  kVp: 0x00180060,
  softwareVersions: 0x00181020,
  protocol: 0x00181030,
  kernel: 0x00181210,
  studyInstanceUid: 0x0020000d,
  seriesInstanceUid: 0x0020000e,
  laterality: 0x00200060,
} as const;

export const headerTags: ReadonlySet<number> = new Set(Object.values(tags));

const longestText = 1024;
const longestAccessionNumber = 64;
/** Bytes of one value that are decoded at most: more than the longest text in any character set. */
const longestDecoded = 8192;
/** Inflated bytes that are looked at; real headers are a few kilobytes. */
const longestInflated = 4 << 20;

/**
 * Reads the header of a data set without file meta information. `bytes` may end anywhere after the attributes that matter: pixels are not needed.
 * Throws `VRG_DICOM_DATASET_INVALID` when Study, Series or SOP Instance UID or the SOP class is missing or no UID, or the transfer syntax is not known.
 */
export function readHeader(bytes: Uint8Array, transferSyntax: string): DicomHeader {
  const encoding = encodingOf(transferSyntax);
  if (encoding === undefined) throw invalid('transfer syntax');
  const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (encoding.deflated) return readDeflatedHeader(given, encoding);
  const scan = new ElementScan(encoding, headerTags);
  scan.advance(given, given.length);
  return headerOf(scan, given, given.length);
}

/** Inflates growing prefixes until the pixels are reached, so that neither a long object nor a hostile one is inflated whole. */
export function readDeflatedHeader(bytes: Buffer, encoding: Encoding): DicomHeader {
  let scan = new ElementScan(encoding, headerTags);
  let inflated: Buffer = Buffer.alloc(0);
  for (let length = Math.min(1024, bytes.length); ; length = Math.min(length * 2, bytes.length)) {
    const next = inflatePrefix(bytes.subarray(0, length));
    if (next === undefined) break;
    inflated = next;
    scan = new ElementScan(encoding, headerTags);
    scan.advance(inflated, inflated.length);
    if (scan.end !== undefined || length === bytes.length) break;
  }
  return headerOf(scan, inflated, inflated.length);
}

function inflatePrefix(bytes: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(bytes, {
      maxOutputLength: longestInflated,
      finishFlush: 2 /* Z_SYNC_FLUSH: a prefix is no error */,
    });
  } catch {
    return undefined;
  }
}

/** What a finished scan found in the first `available` bytes. */
export function headerOf(scan: ElementScan, bytes: Buffer, available: number): DicomHeader {
  const raw = (tag: number): Buffer | undefined => {
    const place = scan.places.get(tag);
    if (place === undefined || place.length === 0 || place.start + place.length > available) return undefined;
    return bytes.subarray(place.start, place.start + place.length);
  };
  const ascii = (tag: number): string => trimmed(raw(tag)?.toString('latin1') ?? '');
  const charset = characterSetOf(ascii(tags.specificCharacterSet));
  const decoded = (tag: number): string => {
    const value = raw(tag);
    if (value === undefined) return '';
    const text = decodeText(value.length > longestDecoded ? value.subarray(0, longestDecoded) : value, charset);
    return trimmed(text.replace(/\p{Cc}+/gu, ' ').toWellFormed());
  };
  const text = (tag: number): Text => textOrNull(decoded(tag));
  const uid = (tag: number, name: string): string => {
    const value = ascii(tag);
    if (value.length > 64 || !/^[0-9]+(\.[0-9]+)*$/.test(value)) throw invalid(name);
    return value;
  };
  const sopClassUid = uid(tags.sopClassUid, 'SOPClassUID');
  const patientId = text(tags.patientId);
  const accessionNumber = decoded(tags.accessionNumber).slice(0, longestAccessionNumber);
  const acquired = ascii(tags.acquisitionDateTime) || `${ascii(tags.acquisitionDate)}${ascii(tags.acquisitionTime)}`;
  return {
    studyInstanceUid: uid(tags.studyInstanceUid, 'StudyInstanceUID'),
    seriesInstanceUid: uid(tags.seriesInstanceUid, 'SeriesInstanceUID'),
    sopInstanceUid: uid(tags.sopInstanceUid, 'SOPInstanceUID'),
    sopClassUid,
    isEvidence: isEvidenceSopClass(sopClassUid),
    modality: textOrNull(ascii(tags.modality).slice(0, 16)),
    patient:
      patientId === null
        ? null
        : {
            id: patientId,
            issuer: text(tags.issuerOfPatientId),
            name: textOrNull(personName(decoded(tags.patientName))),
            birthDate: isoDate(ascii(tags.birthDate)),
            sex: sexOf(ascii(tags.sex)),
          },
    accessionNumbers: accessionNumber === '' ? [] : [accessionNumber],
    studyDescription: text(tags.studyDescription),
    seriesDescription: text(tags.seriesDescription),
    bodyPart: text(tags.bodyPart),
    laterality: text(tags.laterality),
    acquiredAt: textOrNull(acquired),
    equipment: {
      manufacturer: text(tags.manufacturer),
      model: text(tags.model),
      station: text(tags.stationName),
      softwareVersions: text(tags.softwareVersions),
    },
    acquisition: {
      kernel: text(tags.kernel),
      sliceThicknessMm: numberOf(ascii(tags.sliceThickness)),
      protocol: text(tags.protocol),
      contrastAgent: text(tags.contrastAgent),
      kVp: numberOf(ascii(tags.kVp)),
    },
  };
}

const invalid = (attribute: string): VoorrangError =>
  new VoorrangError('VRG_DICOM_DATASET_INVALID', `the data set cannot be read: ${attribute}`, {
    details: { attribute },
  });

const trimmed = (value: string): string => value.replace(/^[\s\0]+|[\s\0]+$/g, '');
const textOrNull = (value: string): Text => (value === '' ? null : value.slice(0, longestText));
const sexOf = (value: string): 'M' | 'F' | 'O' | null =>
  value === 'M' || value === 'F' || value === 'O' ? value : null;

/** First value of a decimal string (PS3.5 §6.2 DS). */
function numberOf(value: string): number | null {
  const first = (value.split('\\')[0] ?? '').trim();
  const number = Number(first);
  return first === '' || !Number.isFinite(number) ? null : number;
}

/** DA as ISO date; the ACR-NEMA form with full stops is read too. A date that does not exist is null. */
function isoDate(value: string): Text {
  const parts = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(value);
  if (parts === null) return null;
  const iso = `${parts[1]}-${parts[2]}-${parts[3]}`;
  const at = Date.parse(`${iso}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== iso ? null : iso;
}
