/**
 * The DICOM JSON model (PS3.18 Annex F): tag as eight upper-case hex digits to its element. An element without value has no `Value`; an empty one of several
 * is null. Text is UTF-8 whatever it was. Short binary values are `InlineBinary` (base64); long ones are left out.
 */
export type DicomJson = { readonly [tag: string]: DicomElement };
export type DicomElement = {
  readonly vr: string;
  readonly Value?: readonly DicomValue[];
  readonly InlineBinary?: string;
};
export type DicomValue = string | number | null | PersonNameGroups | DicomJson;
/** Component groups of PN as sent, carets included (PS3.18 §F.2.2). */
export type PersonNameGroups = {
  readonly Alphabetic?: string;
  readonly Ideographic?: string;
  readonly Phonetic?: string;
};

const isScalar = (value: DicomValue): value is string | number =>
  typeof value === 'string' || typeof value === 'number';
const isObject = (value: DicomValue): value is PersonNameGroups | DicomJson =>
  typeof value === 'object' && value !== null;

/** All values as trimmed text, empty ones left out; [] for an element that is absent or holds no text. */
export function textsOf(dataSet: DicomJson, tag: string): string[] {
  const values = dataSet[tag]?.Value ?? [];
  return values
    .filter(isScalar)
    .map((value) => String(value).trim())
    .filter((text) => text !== '');
}

/** The first value as trimmed text. */
export const textOf = (dataSet: DicomJson, tag: string): string | null => textsOf(dataSet, tag)[0] ?? null;

/** The first value as a finite number, also of DS and IS. */
export function numberOf(dataSet: DicomJson, tag: string): number | null {
  const text = textOf(dataSet, tag);
  const number = Number(text);
  return text === null || !Number.isFinite(number) ? null : number;
}

/** Items of a sequence, [] when it is absent, empty or no sequence. */
export function sequenceOf(dataSet: DicomJson, tag: string): DicomJson[] {
  const element = dataSet[tag];
  return element?.vr === 'SQ' ? (element.Value ?? []).filter(isObject).map((item) => item as DicomJson) : [];
}

/** Component groups of the first name. */
export function personNameOf(dataSet: DicomJson, tag: string): PersonNameGroups | null {
  const element = dataSet[tag];
  const value = element?.vr === 'PN' ? element.Value?.[0] : undefined;
  return value !== undefined && isObject(value) ? (value as PersonNameGroups) : null;
}

/** Value, scheme designator and meaning of the first item of a code sequence (PS3.3 §8.8); long and URN code values count too. */
export function codeOf(
  dataSet: DicomJson,
  tag: string,
): { readonly value: string; readonly scheme: string | null; readonly meaning: string | null } | null {
  const item = sequenceOf(dataSet, tag)[0];
  if (item === undefined) return null;
  const value = textOf(item, '00080100') ?? textOf(item, '00080119') ?? textOf(item, '00080120');
  return value === null ? null : { value, scheme: textOf(item, '00080102'), meaning: textOf(item, '00080104') };
}

/** `00080005` of a numeric tag. */
export const tagText = (tag: number): string => tag.toString(16).toUpperCase().padStart(8, '0');
