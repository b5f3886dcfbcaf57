import { isoOf, type Stamp } from '@voorrang/kernel';
import { z } from 'zod';

/** Site code: 1 to 16 of A-Z, 0-9, hyphen. Part of every key, row, alert and permission. */
export const siteSchema = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9-]{0,15}$/)
  .meta({ id: 'Site' });
/** DICOM UID (PS3.5 §9): digits and dots, at most 64 characters. Leading zeros are tolerated, real senders have them. */
export const uidSchema = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)*$/)
  .max(64)
  .meta({ id: 'Uid' });
/** Opaque key or id, made by `opaqueKeys` of the kernel. */
export const opaqueSchema = z
  .string()
  .regex(/^[0-9A-Z]{26}$/)
  .meta({ id: 'OpaqueId' });
export const epochMsSchema = z.number().int().nonnegative();

/**
 * CloudEvents 1.0 structured attributes with the extensions that Voorrang needs. Attribute names are lower case by the CloudEvents rules.
 * `time` is the stamp's `observedAt`; (`time`, `ingestid`, `seq`) is the stamp of the fact, which redelivery keeps.
 * `partitionkey` is the opaque key that orders events. `traceparent` travels in the message headers as well.
 */
export const envelopeSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(128),
  type: z.string().regex(/^[a-z-]+\.[a-z-]+\.v[1-9][0-9]*$/),
  source: z.string().min(1).max(128),
  site: siteSchema,
  time: z.iso.datetime(),
  ingestid: z.string().min(1).max(64),
  seq: z.number().int().nonnegative(),
  partitionkey: opaqueSchema,
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().optional(),
  data: z.unknown(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** A decoded event as handlers see it. `stamp` is the total order of facts. */
export type Event<Type extends string = string, Data = unknown> = {
  readonly id: string;
  readonly type: Type;
  readonly source: string;
  readonly site: string;
  readonly key: string;
  readonly stamp: Stamp;
  readonly traceparent?: string;
  readonly data: Data;
};

/** What an edge knows before the fact is durable: everything but the stamp and the id that follows from it. */
export type NewEvent<Type extends string = string, Data = unknown> = Omit<Event<Type, Data>, 'id' | 'stamp'>;

/** The id of a fact follows from its stamp, so a redelivery carries the same one. `through` is the last sequence of a coalesced fact. */
export const eventIdOf = (stamp: Stamp, through: number = stamp.seq): string =>
  through === stamp.seq ? `${stamp.ingestId}-${stamp.seq}` : `${stamp.ingestId}-${stamp.seq}-${through}`;

export function toEnvelope(event: Event, version = 1): Envelope {
  return {
    specversion: '1.0',
    id: event.id,
    type: `${event.type}.v${version}`,
    source: event.source,
    site: event.site,
    time: isoOf(event.stamp.observedAt),
    ingestid: event.stamp.ingestId,
    seq: event.stamp.seq,
    partitionkey: event.key,
    datacontenttype: 'application/json',
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    data: event.data,
  };
}
