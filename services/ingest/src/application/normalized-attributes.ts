import type { EventData, Patient } from '@voorrang/contracts';
import { type DicomJson, personName, personNameOf, sequenceOf, textOf } from '@voorrang/dicom';

/** Why a message of a normalized service is not taken: the status of PS3.7 §C.5 and the attribute, never its value. */
export type AttributeProblem = {
  readonly problem: 'missing-attribute' | 'missing-value' | 'invalid-value';
  readonly attribute: string;
};

/** Thrown while a message is read and caught where its reading began; never leaves this folder. */
export class AttributeError extends Error {
  readonly problem: AttributeProblem;
  constructor(problem: AttributeProblem['problem'], attribute: string) {
    super(problem);
    this.problem = { problem, attribute };
  }
}

const longestText = 1_024;

/** A type 3 attribute: null when it is absent or empty. */
export const optionalText = (dataSet: DicomJson, tag: string, length = longestText): string | null =>
  textOf(dataSet, tag)?.slice(0, length) ?? null;

/** A type 1 attribute. */
export function requiredText(dataSet: DicomJson, tag: string, attribute: string): string {
  const text = optionalText(dataSet, tag);
  if (text !== null) return text;
  throw new AttributeError(dataSet[tag] === undefined ? 'missing-attribute' : 'missing-value', attribute);
}

export function requiredUid(dataSet: DicomJson, tag: string, attribute: string): string {
  const uid = requiredText(dataSet, tag, attribute);
  if (uid.length > 64 || !/^\d+(\.\d+)*$/.test(uid)) throw new AttributeError('invalid-value', attribute);
  return uid;
}

/** A type 1 sequence: at least one item. */
export function requiredItems(dataSet: DicomJson, tag: string, attribute: string): readonly DicomJson[] {
  const items = sequenceOf(dataSet, tag);
  if (items.length > 0) return items;
  throw new AttributeError(dataSet[tag] === undefined ? 'missing-attribute' : 'missing-value', attribute);
}

/** Date and time as one text, as images say it (PS3.5 §6.2 DT). */
export function dateTimeOf(dataSet: DicomJson, dateTag: string, timeTag: string): string | null {
  const date = optionalText(dataSet, dateTag);
  return date === null ? null : `${date}${optionalText(dataSet, timeTag) ?? ''}`;
}

/** Without issuer (0010,0021) the authority is that of the sender, and said to be assumed. */
export function patientOf(
  dataSet: DicomJson,
  authority: string,
): Pick<EventData<'images.announced'>, 'patient' | 'patientAuthorityAssumed'> {
  const id = optionalText(dataSet, '00100020');
  if (id === null) return { patient: null };
  const issuer = optionalText(dataSet, '00100021');
  const patient: Patient = {
    id,
    authority: issuer ?? authority,
    name: nameOf(dataSet),
    birthDate: birthDateOf(dataSet),
    sex: sexOf(dataSet),
  };
  return issuer === null ? { patient, patientAuthorityAssumed: true } : { patient };
}

function nameOf(dataSet: DicomJson): string | null {
  const groups = personNameOf(dataSet, '00100010');
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = groups ?? {};
  return personName([Alphabetic, Ideographic, Phonetic].join('=')).slice(0, longestText) || null;
}

function birthDateOf(dataSet: DicomJson): string | null {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(optionalText(dataSet, '00100030') ?? '') ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const text = `${year}-${month}-${day}`;
  return date.toISOString().startsWith(text) ? text : null;
}

function sexOf(dataSet: DicomJson): Patient['sex'] {
  const sex = optionalText(dataSet, '00100040');
  return sex === 'M' || sex === 'F' || sex === 'O' ? sex : null;
}
