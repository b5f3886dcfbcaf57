import { VoorrangError } from '@voorrang/kernel';
import { type CharacterSet, characterSetOf, type Delimiters, decodeText, personName } from './character-sets.ts';
import type { ElementScan, Place } from './element-scan.ts';
import { nestedPlaces } from './nested-elements.ts';
import { isEvidenceSopClass } from './sop-classes.ts';
import type { Encoding } from './transfer-syntax.ts';

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
  imageLaterality: 0x00200062,
  // sequences
  contrastAgents: 0x00180012,
  anatomicRegion: 0x00082218,
  requestAttributes: 0x00400275,
  referencedRequest: 0x0040a370,
  sharedFunctionalGroups: 0x52009229,
} as const;

export const headerTags: ReadonlySet<number> = new Set(Object.values(tags));

const codeMeaning = 0x00080104;
const frameLaterality = 0x00209072;
const ofAccession: ReadonlySet<number> = new Set([tags.accessionNumber]);
const ofCode: ReadonlySet<number> = new Set([codeMeaning]);
/** What enhanced multi-frame objects say of all their frames (PS3.3 §C.7.6.16.1.1). */
const ofFrames: ReadonlySet<number> = new Set([
  tags.anatomicRegion,
  tags.sliceThickness,
  tags.kVp,
  tags.kernel,
  frameLaterality,
]);

const longestText = 1024;
const longestAccessionNumber = 64;
const mostAccessionNumbers = 32;
/** Bytes of one value that are decoded at most: more than the longest text in any character set. */
const longestDecoded = 8192;

/**
 * What a finished scan found in the first `available` bytes. Throws `VRG_DICOM_DATASET_INVALID` when Study, Series or SOP Instance UID or the SOP class is missing
 * or no UID.
 */
export function headerOf(scan: ElementScan, bytes: Buffer, available: number, encoding: Encoding): DicomHeader {
  return new HeaderReader(scan, bytes.subarray(0, available), encoding).read();
}

class HeaderReader {
  readonly #scan: ElementScan;
  readonly #bytes: Buffer;
  readonly #encoding: Encoding;
  readonly #set: CharacterSet;
  #frames: ReadonlyMap<number, Place> | undefined;

  constructor(scan: ElementScan, bytes: Buffer, encoding: Encoding) {
    this.#scan = scan;
    this.#bytes = bytes;
    this.#encoding = encoding;
    this.#set = characterSetOf(this.#ascii(tags.specificCharacterSet));
  }

  read(): DicomHeader {
    const sopClassUid = this.#uid(tags.sopClassUid, 'SOPClassUID');
    return {
      studyInstanceUid: this.#uid(tags.studyInstanceUid, 'StudyInstanceUID'),
      seriesInstanceUid: this.#uid(tags.seriesInstanceUid, 'SeriesInstanceUID'),
      sopInstanceUid: this.#uid(tags.sopInstanceUid, 'SOPInstanceUID'),
      sopClassUid,
      isEvidence: isEvidenceSopClass(sopClassUid),
      modality: textOrNull(this.#ascii(tags.modality).slice(0, 16)),
      patient: this.#patient(),
      accessionNumbers: this.#accessionNumbers(),
      studyDescription: this.#text(tags.studyDescription),
      seriesDescription: this.#text(tags.seriesDescription),
      bodyPart: this.#text(tags.bodyPart) ?? this.#anatomicRegion(),
      laterality: this.#text(tags.laterality) ?? this.#text(tags.imageLaterality) ?? this.#ofFrames(frameLaterality),
      acquiredAt: textOrNull(
        this.#ascii(tags.acquisitionDateTime) || this.#ascii(tags.acquisitionDate) + this.#ascii(tags.acquisitionTime),
      ),
      equipment: {
        manufacturer: this.#text(tags.manufacturer),
        model: this.#text(tags.model),
        station: this.#text(tags.stationName),
        softwareVersions: this.#text(tags.softwareVersions),
      },
      acquisition: {
        kernel: this.#text(tags.kernel) ?? this.#ofFrames(tags.kernel),
        sliceThicknessMm: numberOf(this.#ascii(tags.sliceThickness) || this.#ofFrames(tags.sliceThickness)),
        protocol: this.#text(tags.protocol),
        contrastAgent: this.#text(tags.contrastAgent) ?? this.#meaningIn(this.#scan.places.get(tags.contrastAgents)),
        kVp: numberOf(this.#ascii(tags.kVp) || this.#ofFrames(tags.kVp)),
      },
    };
  }

  #patient(): DicomHeader['patient'] {
    const id = this.#text(tags.patientId);
    if (id === null) return null;
    return {
      id,
      issuer: this.#text(tags.issuerOfPatientId),
      name: textOrNull(personName(this.#decoded(this.#scan.places.get(tags.patientName), 'names'))),
      birthDate: isoDate(this.#ascii(tags.birthDate)),
      sex: sexOf(this.#ascii(tags.sex)),
    };
  }

  /** That of the study, and those of the requests that the series or the report answers: each once, in this order. */
  #accessionNumbers(): string[] {
    const places = [this.#scan.places.get(tags.accessionNumber)];
    for (const tag of [tags.requestAttributes, tags.referencedRequest]) {
      const sequence = this.#scan.places.get(tag);
      if (sequence !== undefined) places.push(...this.#nested(sequence, ofAccession).map(([, place]) => place));
    }
    const numbers = places.flatMap((place) => this.#decoded(place).split('\\'));
    const told = numbers
      .map((number) => number.trim().slice(0, longestAccessionNumber))
      .filter((number) => number !== '');
    return [...new Set(told)].slice(0, mostAccessionNumbers);
  }

  /** The coded region in the words of Body Part Examined (PS3.16 Annex L), for objects that name only the code. */
  #anatomicRegion(): Text {
    const region = this.#scan.places.get(tags.anatomicRegion) ?? this.#framePlaces().get(tags.anatomicRegion);
    const meaning = this.#meaningIn(region)?.toUpperCase() ?? null;
    return meaning === null ? null : (spines[meaning] ?? meaning);
  }

  /** Meaning of the first code in a sequence. */
  #meaningIn(sequence: Place | undefined): Text {
    if (sequence === undefined || sequence.length === 0) return null;
    return textOrNull(this.#decoded(this.#nested(sequence, ofCode)[0]?.[1]));
  }

  #ofFrames(tag: number): Text {
    return textOrNull(this.#decoded(this.#framePlaces().get(tag)));
  }

  #framePlaces(): ReadonlyMap<number, Place> {
    if (this.#frames !== undefined) return this.#frames;
    const shared = this.#scan.places.get(tags.sharedFunctionalGroups);
    // the first of each tag counts, so the last one put into the map
    this.#frames = shared === undefined ? noPlaces : new Map(this.#nested(shared, ofFrames).reverse());
    return this.#frames;
  }

  #nested(sequence: Place, wanted: ReadonlySet<number>): [number, Place][] {
    return nestedPlaces(this.#bytes, sequence, this.#encoding, wanted);
  }

  #raw(place: Place | undefined): Buffer | undefined {
    if (place === undefined || place.length === 0 || place.start + place.length > this.#bytes.length) return undefined;
    return this.#bytes.subarray(place.start, place.start + place.length);
  }

  #ascii(tag: number): string {
    const value = this.#raw(this.#scan.places.get(tag));
    return value === undefined ? '' : tidy(value.toString('latin1', 0, longestDecoded));
  }

  #decoded(place: Place | undefined, delimiters: Delimiters = 'values'): string {
    const value = this.#raw(place);
    if (value === undefined) return '';
    return tidy(decodeText(value.subarray(0, longestDecoded), this.#set, delimiters));
  }

  #text(tag: number): Text {
    return textOrNull(this.#decoded(this.#scan.places.get(tag)));
  }

  #uid(tag: number, name: string): string {
    const value = this.#ascii(tag);
    if (value.length > 64 || !/^[0-9]+(\.[0-9]+)*$/.test(value)) throw invalid(name);
    return value;
  }
}

const noPlaces: ReadonlyMap<number, Place> = new Map();
const spines: Readonly<Record<string, string>> = {
  'CERVICAL SPINE': 'CSPINE',
  'THORACIC SPINE': 'TSPINE',
  'LUMBAR SPINE': 'LSPINE',
};

const invalid = (attribute: string): VoorrangError =>
  new VoorrangError('VRG_DICOM_DATASET_INVALID', `the data set cannot be read: ${attribute}`, {
    details: { attribute },
  });

/** Without control characters, which no database and no log takes well, and without padding. */
const tidy = (value: string): string => value.replace(/\p{Cc}+/gu, ' ').trim();
const textOrNull = (value: string): Text => (value === '' ? null : value.slice(0, longestText).toWellFormed());
const sexOf = (value: string): 'M' | 'F' | 'O' | null =>
  value === 'M' || value === 'F' || value === 'O' ? value : null;

/** First value of a decimal string (PS3.5 §6.2 DS). */
function numberOf(value: Text): number | null {
  const first = ((value ?? '').split('\\')[0] ?? '').trim();
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
