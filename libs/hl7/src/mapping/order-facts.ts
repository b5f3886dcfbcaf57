import type { EventData, OrderPriority } from '@voorrang/contracts';
import type { Hl7Message } from '../message.ts';
import { type OrderGroup, segmentsFor } from './groups.ts';
import { isModality } from './modality.ts';
import { fieldPath, fieldsOfGroup } from './read-fields.ts';
import { defaultStrokeCodeWords, type MappingSettings, ownCode } from './settings.ts';
import { codedText, textOrNull, uidOrNull } from './text.ts';

type Order = EventData<'order.placed'>;
export type OrderNumber = Order['orderNumber'];

/** Filler (ORC-3, else OBR-3) and placer (ORC-2, else OBR-2), entity identifier only. */
export function orderNumberOf({ orc, obr, sharesOrc }: OrderGroup): OrderNumber {
  const number = (field: number): string | null => {
    const [fromOrc, fromObr] = [textOrNull(orc?.text(field)), textOrNull(obr?.text(field))];
    return sharesOrc ? fromObr : (fromOrc ?? fromObr);
  };
  return { filler: number(3), placer: number(2) };
}

/** Accession numbers of the first place that gives any; at most 64 characters each. */
export function accessionNumbersOf(message: Hl7Message, group: OrderGroup, { fields }: MappingSettings): string[] {
  const read = fieldsOfGroup(message, group);
  for (const path of fields?.accessionNumber ?? defaultsOf(group).accessionNumber) {
    const numbers = read(path)
      .map((text) => text.trim().slice(0, 64))
      .filter((text) => text !== '');
    if (numbers.length > 0) return [...new Set(numbers)];
  }
  return [];
}

const usual = {
  accessionNumber: [fieldPath('IPC', 1), fieldPath('OBR', 18), fieldPath('OBR', 3)],
  studyInstanceUid: [fieldPath('ZDS', 1), fieldPath('IPC', 3)],
  priority: [
    fieldPath('TQ1', 9),
    fieldPath('TQ1', 9, 2),
    fieldPath('ORC', 7, 6),
    fieldPath('OBR', 27, 6),
    fieldPath('OBR', 5),
  ],
};
/** Without an OBR the filler number of the ORC stands for that of the OBR. */
const withoutObr = { ...usual, accessionNumber: [fieldPath('IPC', 1), fieldPath('ORC', 3)] };
const defaultsOf = ({ obr }: OrderGroup): typeof usual => (obr === undefined ? withoutObr : usual);

/** ZDS-1, else IPC-3, or where the sender has it; else an OBX that names a study (DCM 113014 or 110180). */
export function studyUidOf(message: Hl7Message, group: OrderGroup, { fields }: MappingSettings): string | null {
  const read = fieldsOfGroup(message, group);
  const observed = group.others.filter(
    (segment) => segment.name === 'OBX' && ['113014', '110180'].includes(segment.text(3)),
  );
  const candidates = [
    ...(fields?.studyInstanceUid ?? usual.studyInstanceUid).flatMap(read),
    ...observed.map((obx) => obx.text(5)),
  ];
  return candidates.map(uidOrNull).find((uid) => uid !== null) ?? null;
}

/** Tables 0027 and 0485, the words of DICOM (0040,1003), and those that senders write for them. */
const priorityCodes: Readonly<Record<string, OrderPriority>> = {
  S: 'stat',
  STAT: 'stat',
  CITO: 'stat',
  A: 'asap',
  ASAP: 'asap',
  HIGH: 'asap',
  URGENT: 'asap',
  T: 'timing-critical',
  P: 'preoperative',
  C: 'callback',
  R: 'routine',
  ROUTINE: 'routine',
  MEDIUM: 'routine',
  LOW: 'routine',
};

/** What the message says of the priority, as texts: TQ1-9, ORC-7.6, OBR-27.6, OBR-5, or where the sender has it. */
const priorityTexts = (message: Hl7Message, group: OrderGroup, { fields }: MappingSettings): readonly string[] =>
  (fields?.priority ?? usual.priority).flatMap(fieldsOfGroup(message, group)).map((text) => text.trim());

/** The first of the places with a code that is known. */
export function priorityOf(message: Hl7Message, group: OrderGroup, settings: MappingSettings): OrderPriority | null {
  for (const text of priorityTexts(message, group, settings)) {
    const code = text.toUpperCase();
    const priority =
      ownCode(settings.codes?.priority, code) ??
      (/^T[DWMSTHLI]?\d*$/.test(code) ? 'timing-critical' : priorityCodes[code]);
    if (priority !== undefined) return priority;
  }
  return null;
}

/** OBR-4: code, text and system; the alternate triplet where the first is empty. */
export function procedureOf({ obr }: OrderGroup): Order['procedure'] {
  const triplet = (from: number): NonNullable<Order['procedure']> => ({
    code: textOrNull(obr?.text(4, from)),
    text: textOrNull(obr?.wholeComponent(4, from + 1)),
    system: textOrNull(obr?.text(4, from + 2)),
  });
  return [triplet(1), triplet(4)].find(({ code, text }) => code !== null || text !== null) ?? null;
}

/** OBR-31, reason for study, else OBR-13, relevant clinical information. */
export const indicationOf = ({ obr }: OrderGroup): string | null =>
  codedText(obr, 31) ?? textOrNull(obr?.wholeField(13).replaceAll('^', ' '));

/** IPC-5, else OBR-24. */
export function modalityOf(message: Hl7Message, group: OrderGroup, { codes }: MappingSettings): string | null {
  const ipc = segmentsFor(message, group, 'IPC').map((segment) => segment.text(5));
  const told = [...ipc, group.obr?.text(24) ?? ''].map((text) => text.trim().toUpperCase());
  return told.map((code) => ownCode(codes?.modality, code) ?? code).find(isModality) ?? null;
}

/** OBR-15.4, body site of the specimen source, which IHE uses for the body part. */
export const bodyPartOf = ({ obr }: OrderGroup): string | null =>
  textOrNull(obr?.text(15, 4, 2)) ?? textOrNull(obr?.text(15, 4));

/** `true` when a stroke-code word stands in indication, procedure or priority text, else `null`: silence is no denial. */
export function strokeCodeOf(message: Hl7Message, group: OrderGroup, settings: MappingSettings): true | null {
  const procedure = procedureOf(group);
  const texts = [
    indicationOf(group),
    textOrNull(group.obr?.wholeField(13)),
    procedure?.text,
    procedure?.code,
    ...priorityTexts(message, group, settings),
  ];
  const words = plainWordsOf(settings.strokeCodeWords ?? defaultStrokeCodeWords);
  const isStrokeCode = texts.some((text) => {
    if (!text) return false;
    const plain = ` ${plainWords(text)} `;
    return words.some((word) => plain.includes(word));
  });
  return isStrokeCode ? true : null;
}

const knownWords = new WeakMap<readonly string[], readonly string[]>();
/** The words of a sender between spaces, made once: they are the same for every order. */
function plainWordsOf(words: readonly string[]): readonly string[] {
  const known = knownWords.get(words) ?? words.map((word) => ` ${plainWords(word)} `);
  knownWords.set(words, known);
  return known;
}

const plainWords = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
