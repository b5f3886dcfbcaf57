import type { EventData, OrderPriority } from '@voorrang/contracts';
import type { Hl7Message } from '../message.ts';
import { type OrderGroup, segmentsFor } from './groups.ts';
import { defaultAccessionFrom, defaultStrokeCodeWords, type MappingSettings } from './settings.ts';
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

/** Accession numbers of the first source that gives any; at most 64 characters each. */
export function accessionNumbersOf(message: Hl7Message, group: OrderGroup, settings: MappingSettings): string[] {
  for (const source of settings.accessionFrom ?? defaultAccessionFrom) {
    const texts =
      source === 'IPC-1'
        ? segmentsFor(message, group, 'IPC').map((ipc) => ipc.text(1))
        : [group.obr?.text(source === 'OBR-18' ? 18 : 3) ?? (source === 'OBR-3' ? group.orc?.text(3) : '') ?? ''];
    const numbers = texts.map((text) => text.trim().slice(0, 64)).filter((text) => text !== '');
    if (numbers.length > 0) return [...new Set(numbers)];
  }
  return [];
}

/** ZDS-1, else IPC-3, else an OBX that names a study (DCM 113014 or 110180). */
export function studyUidOf(message: Hl7Message, group: OrderGroup): string | null {
  const candidates = [
    ...segmentsFor(message, group, 'ZDS').map((zds) => zds.text(1)),
    ...segmentsFor(message, group, 'IPC').map((ipc) => ipc.text(3)),
    ...group.others
      .filter((segment) => segment.name === 'OBX' && ['113014', '110180'].includes(segment.text(3)))
      .map((obx) => obx.text(5)),
  ];
  return candidates.map(uidOrNull).find((uid) => uid !== null) ?? null;
}

/** Tables 0027 and 0485, and the words that senders write for them. */
const priorityCodes: Readonly<Record<string, OrderPriority>> = {
  S: 'stat',
  STAT: 'stat',
  CITO: 'stat',
  A: 'asap',
  ASAP: 'asap',
  T: 'timing-critical',
  P: 'preoperative',
  C: 'callback',
  R: 'routine',
  ROUTINE: 'routine',
};

/** What the message says of the priority, as texts: TQ1-9, ORC-7.6, OBR-27.6, OBR-5. */
function priorityTexts(message: Hl7Message, group: OrderGroup): readonly string[] {
  const tq1 = segmentsFor(message, group, 'TQ1')[0];
  return [tq1?.text(9), tq1?.text(9, 2), group.orc?.text(7, 6), group.obr?.text(27, 6), group.obr?.text(5)].map(
    (text) => (text ?? '').trim(),
  );
}

/** The first of the four places with a code that is known. */
export function priorityOf(message: Hl7Message, group: OrderGroup, settings: MappingSettings): OrderPriority | null {
  for (const text of priorityTexts(message, group)) {
    const code = text.toUpperCase();
    const priority =
      settings.priorityCodes?.[code] ?? (/^T[DWMSTHLI]?\d*$/.test(code) ? 'timing-critical' : priorityCodes[code]);
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

/** Modalities of PS3.3 C.7.3.1.1.1 that a radiology order asks for. OBR-24 also holds section codes (RAD, CUS), which are no modality. */
const modalities = new Set('CT MR CR DX US XA RF NM PT MG BMD IVUS IO PX RG OT'.split(' '));

/** IPC-5, else OBR-24. */
export function modalityOf(message: Hl7Message, group: OrderGroup): string | null {
  const ipc = segmentsFor(message, group, 'IPC').map((segment) => segment.text(5));
  return (
    [...ipc, group.obr?.text(24) ?? ''].map((text) => text.trim().toUpperCase()).find((code) => modalities.has(code)) ??
    null
  );
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
    procedure?.text ?? null,
    procedure?.code ?? null,
    ...priorityTexts(message, group),
  ];
  const haystack = texts.map((text) => ` ${plainWords(text ?? '')} `).join('|');
  const words = settings.strokeCodeWords ?? defaultStrokeCodeWords;
  return words.some((word) => haystack.includes(` ${plainWords(word)} `)) ? true : null;
}

const plainWords = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
