import type { OrderPriority, PatientClass } from '@voorrang/contracts';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { FieldPath } from '../field-path.ts';

/** Where the facts that senders put in different places are looked for: the first place with a value wins. */
export type FieldName =
  | 'accessionNumber'
  | 'studyInstanceUid'
  | 'priority'
  | 'location'
  | 'patientClass'
  | 'visitNumber';

/** How the messages of one sender are read. Everything a site may want otherwise is data here; what is absent is as in docs/hl7-conformance.md. */
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
  /** Instead of the usual places. */
  readonly fields?: Readonly<Partial<Record<FieldName, readonly FieldPath[]>>>;
  /** Codes besides those of the standard tables, and before them; compared without case. */
  readonly codes?: {
    readonly priority?: Readonly<Record<string, OrderPriority>>;
    readonly patientClass?: Readonly<Record<string, PatientClass>>;
    readonly modality?: Readonly<Record<string, string>>;
    /** Authorities as sent to those that are kept. */
    readonly authority?: Readonly<Record<string, string>>;
  };
  readonly strokeCodeWords?: readonly string[];
  /** Authorities whose ids are taken; absent: all. */
  readonly keepAuthorities?: readonly string[];
  /** Identifier types (CX-5) that are never taken; absent: national numbers. */
  readonly dropIdentifierTypes?: readonly string[];
  /** MSH-11 values that are taken. */
  readonly processingIds?: readonly string[];
  /** Whether merges of this sender count; absent: yes. */
  readonly merges?: boolean;
};

/** The meaning of a code of this sender, if its settings give one. */
export function ownCode<Word extends string>(
  codes: Readonly<Record<string, Word>> | undefined,
  code: string,
): Word | undefined {
  if (codes === undefined || code === '') return undefined;
  return Object.entries(codes).find(([own]) => own.toUpperCase() === code.toUpperCase())?.[1];
}

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
