import { opaqueKeys } from '@voorrang/kernel';
import { fixture as sharedFixture } from '@voorrang/testing';
import type { MappingSettings } from '../src/mapping/settings.ts';
import type { Hl7Message } from '../src/message.ts';
import { parseMessage } from '../src/parse-message.ts';

/** A published message: `mesa/adt-101.102.a04.hl7`. */
export const fixture = (path: string): Uint8Array => sharedFixture(`hl7/${path}`);

export const keys = opaqueKeys('a secret of the tests');

export const settings: MappingSettings = {
  site: 'EX',
  authority: 'HOSP',
  timeZone: 'Europe/Amsterdam',
  receivedAt: Date.UTC(2026, 10, 23, 20, 0),
  keys,
};

/** Lines become segments. */
export const bytesOf = (...segments: readonly string[]): Uint8Array => Buffer.from(`${segments.join('\r')}\r`, 'utf8');

export function parsed(bytes: Uint8Array, defaultCharset = 'UNICODE UTF-8'): Hl7Message {
  const result = parseMessage(bytes, { defaultCharset });
  if (!result.ok) throw result.error.error;
  return result.value;
}

export const orderHeader = 'MSH|^~\\&|RIS|HOSP|VOORRANG|HOSP|20261123210000||ORM^O01^ORM_O01|M1|P|2.5.1';
export const pid = 'PID|||P1^^^HOSP^MR||Jansen^Jan||19600102|M';

/** A segment by field number: `seg('PV1', { 2: 'E', 19: 'V1' })`. */
export function seg(name: string, fields: Readonly<Record<number, string>>): string {
  const last = Math.max(0, ...Object.keys(fields).map(Number));
  return [name, ...Array.from({ length: last }, (_, index) => fields[index + 1] ?? '')].join('|');
}
