import type { ParkedRecord } from '@voorrang/bus';
import { siteSchema, uidSchema } from '@voorrang/contracts';
import type { ParkedMark } from '../domain/index.ts';

/** What can still be told of a message that cannot be read: its key always, site and study when the text has them where they belong. */
export function parkedMarkOf({ record, parkedAt }: ParkedRecord): ParkedMark {
  const envelope = jsonOf(record.value);
  const site = siteSchema.safeParse(envelope.site);
  const data = objectOf(envelope.data);
  const uid = uidSchema.safeParse(data.studyInstanceUid ?? objectOf(data.run).studyInstanceUid);
  const at = Date.parse(String(envelope.time));
  return {
    topic: record.topic,
    key: record.key,
    site: site.success ? site.data : null,
    uid: uid.success ? uid.data : null,
    at: Number.isFinite(at) && at >= 0 && at <= parkedAt ? at : parkedAt,
  };
}

function jsonOf(bytes: Uint8Array): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')));
  } catch {
    return {};
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
