import type { OrderPriority } from '@voorrang/contracts';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';

/** Where an accession number is looked for, in order: the first place with a value wins. */
export type AccessionSource = 'IPC-1' | 'OBR-18' | 'OBR-3';

/** How the messages of one sender are read. Everything a site may want otherwise is data here. */
export type MappingSettings = {
  readonly site: string;
  /** Assigning authority of patient ids that name none. */
  readonly authority: string;
  /** IANA name; local times of the sender are in this zone. */
  readonly timeZone: string;
  readonly receivedAt: EpochMs;
  readonly keys: OpaqueKeys;
  /** CloudEvents source of the events. */
  readonly source?: string;
  readonly accessionFrom?: readonly AccessionSource[];
  readonly strokeCodeWords?: readonly string[];
  /** Codes besides those of tables 0027 and 0485. */
  readonly priorityCodes?: Readonly<Record<string, OrderPriority>>;
  /** Identifier types (CX-5) that are never taken over. */
  readonly droppedIdTypes?: readonly string[];
  /** MSH-11 values that are taken. */
  readonly processingIds?: readonly string[];
};

export const defaultAccessionFrom: readonly AccessionSource[] = ['IPC-1', 'OBR-18', 'OBR-3'];

/**
 * Words that make an order a stroke code when indication, procedure or priority text holds one as whole words, case and hyphens ignored.
 * "No stroke code" matches as well: that errs on the side of reading it first.
 */
export const defaultStrokeCodeWords: readonly string[] = [
  'stroke code',
  'code stroke',
  'strokecode',
  'stroke alert',
  'stroke alarm',
  'stroke protocol',
  'strokeprotocol',
  'code cva',
  'cva protocol',
  'trombolyse protocol',
];

/** National numbers (HL7 table 0203): Dutch BSN, Belgian INSZ, US social security. */
export const defaultDroppedIdTypes: readonly string[] = ['NNNLD', 'NNBEL', 'SS'];
