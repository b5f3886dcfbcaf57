import { type FieldPath, type MappingSettings, parseFieldPath } from '@voorrang/hl7';
import type { DicomSender, Hl7FieldPaths, Hl7Sender, Protocol, Senders } from '@voorrang/protocol';

type Standing = {
  /** An entry of senders.yaml names it. */
  readonly known: boolean;
  /** It may speak: it is known, or the fallback takes whom nobody names. Where it speaks from (`originRefusal`) is another question. */
  readonly accepted: boolean;
};

export type SenderOfImages = DicomSender & Standing;
export type SenderOfMessages = Hl7Sender & Standing & { readonly timeZone: string };

/** The entry of a calling AE title, else what the fallback makes of it. */
export function senderOfImages({ dicom, fallback }: Senders, callingAe: string, fallbackSite: string): SenderOfImages {
  const known = dicom.find((sender) => sender.callingAe === callingAe);
  if (known !== undefined) return { ...known, known: true, accepted: true };
  return {
    callingAe,
    site: fallbackSite,
    authority: fallback.authority,
    known: false,
    accepted: fallback.unknown !== 'refuse',
  };
}

/** The entry for MSH-3 and MSH-4, the one that names more of them, else what the fallback makes of it: its merges do not count. */
export function senderOfMessages(
  { senders, sites }: Pick<Protocol, 'senders' | 'sites'>,
  application: string,
  facility: string,
  fallbackSite: string,
): SenderOfMessages {
  const known = mostExact(senders.hl7, application, facility);
  const site = known?.site ?? fallbackSite;
  const timeZone = sites[site]?.timeZone ?? 'UTC';
  if (known !== undefined) return { ...known, known: true, accepted: true, timeZone };
  const { authority, charset, unknown } = senders.fallback;
  return {
    application,
    facility,
    site,
    authority,
    charset,
    merges: false,
    known: false,
    accepted: unknown !== 'refuse',
    timeZone,
  };
}

function mostExact(entries: readonly Hl7Sender[], application: string, facility: string): Hl7Sender | undefined {
  const fits = (wanted: string, given: string): boolean => wanted === '*' || wanted === given;
  const exactness = (entry: Hl7Sender): number => Number(entry.application !== '*') + Number(entry.facility !== '*');
  let best: Hl7Sender | undefined;
  for (const entry of entries) {
    if (!fits(entry.application, application) || !fits(entry.facility, facility)) continue;
    if (best === undefined || exactness(entry) > exactness(best)) best = entry;
  }
  return best;
}

/** What senders.yaml says of how the messages of a sender are read; time, keys and source are added per message. */
export type SenderMapping = Omit<MappingSettings, 'receivedAt' | 'keys' | 'source'>;

export function mappingOf({ site, authority, timeZone, merges = true, fields, codes, ...sender }: SenderOfMessages) {
  const { processingIds, keepAuthorities, dropIdentifierTypes, strokeCodeWords } = sender;
  const mapping: SenderMapping = {
    site,
    authority,
    timeZone,
    merges,
    ...(fields === undefined ? {} : { fields: pathsOf(fields) }),
    ...(codes === undefined ? {} : { codes }),
    ...(processingIds === undefined ? {} : { processingIds }),
    ...(keepAuthorities === undefined ? {} : { keepAuthorities }),
    ...(dropIdentifierTypes === undefined ? {} : { dropIdentifierTypes }),
    ...(strokeCodeWords === undefined ? {} : { strokeCodeWords }),
  };
  return mapping;
}

type Paths = NonNullable<MappingSettings['fields']>;
/** Paths are parsed once per entry: every message of the sender asks for them. */
const parsedPaths = new WeakMap<Hl7FieldPaths, Paths>();

function pathsOf(fields: Hl7FieldPaths): Paths {
  const known = parsedPaths.get(fields);
  if (known !== undefined) return known;
  const paths = Object.fromEntries(
    Object.entries(fields).map(([name, texts]): [string, readonly FieldPath[]] => [name, texts.flatMap(parsed)]),
  );
  parsedPaths.set(fields, paths);
  return paths;
}

/** The loader of the protocol has refused what is no path. */
function parsed(text: string): readonly FieldPath[] {
  const path = parseFieldPath(text);
  return path.ok ? [path.value] : [];
}
