import { epochOf, VoorrangError } from '@voorrang/kernel';
import type { z } from 'zod';
import { catalogue, type EventType, type KnownEvent } from './catalogue.ts';
import { type Event, envelopeSchema, toEnvelope } from './envelope.ts';

/** What decoding came to. An unknown type is skipped and counted, never an error. */
export type Decoded =
  | { readonly kind: 'event'; readonly event: KnownEvent }
  | { readonly kind: 'unknown-type'; readonly type: string };

export const encodeEvent = (event: Event): Uint8Array => Buffer.from(JSON.stringify(toEnvelope(event)));

/** Parses one message of the bus. Throws `VRG_EVENT_UNDECODABLE` (permanent) with the paths at fault, never with their values. */
export function decodeEvent(bytes: Uint8Array): Decoded {
  const envelope = envelopeSchema.safeParse(parseJson(bytes));
  if (!envelope.success) throw undecodable('envelope', envelope.error.issues);
  const { type, site, time, ingestid, seq, partitionkey, id, source, traceparent, data } = envelope.data;
  const match = /^(.+)\.v([0-9]+)$/.exec(type);
  const name = match?.[1] ?? type;
  if (match?.[2] !== '1' || !(name in catalogue)) return { kind: 'unknown-type', type };
  const parsed = schemaOf(name as EventType).safeParse(data);
  if (!parsed.success) throw undecodable(name, parsed.error.issues);
  const stamp = { observedAt: epochOf(time) ?? 0, ingestId: ingestid, seq };
  const event = {
    id,
    type: name,
    source,
    site,
    key: partitionkey,
    stamp,
    data: parsed.data,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  return { kind: 'event', event: event as unknown as KnownEvent };
}

/** Unknown fields are kept. Made once per type: a derived schema compiles its parser at first use, which costs a thousand parses. */
const schemas = new Map<EventType, z.ZodType>();
function schemaOf(type: EventType): z.ZodType {
  const known = schemas.get(type);
  if (known !== undefined) return known;
  const schema = catalogue[type].loose();
  schemas.set(type, schema);
  return schema;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw new VoorrangError('VRG_EVENT_UNDECODABLE', 'the message is not JSON');
  }
}

const undecodable = (
  type: string,
  issues: readonly { path: readonly PropertyKey[]; code?: string | undefined }[],
): VoorrangError =>
  new VoorrangError('VRG_EVENT_UNDECODABLE', undefined, {
    details: {
      type,
      problems: issues.slice(0, 20).map(({ path, code }) => ({ path: path.map(String).join('.'), code })),
    },
  });
