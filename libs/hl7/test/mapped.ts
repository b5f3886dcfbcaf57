import { catalogue } from '@voorrang/contracts';
import { locationText, type MappedEvent, type MappingSettings, mapMessage } from '../src/index.ts';
import { parsed, settings } from './helpers.ts';

/** Every mapped event is checked against its contract on the way. */
export function events(bytes: Uint8Array, more: Partial<MappingSettings> = {}): readonly MappedEvent[] {
  const mapped = mapMessage(parsed(bytes), { ...settings, ...more });
  if (!mapped.ok) throw new Error(JSON.stringify(mapped.error));
  for (const { type, data } of mapped.value.events) catalogue[type].parse(data);
  return mapped.value.events;
}
export const data = (bytes: Uint8Array, more: Partial<MappingSettings> = {}): Record<string, unknown> =>
  events(bytes, more)[0]?.data as Record<string, unknown>;
export function problems(bytes: Uint8Array, more: Partial<MappingSettings> = {}): string[] {
  const mapped = mapMessage(parsed(bytes), { ...settings, ...more });
  if (mapped.ok) throw new Error('mapped');
  return mapped.error.map(({ condition, location }) => `${condition} ${locationText(location)}`);
}
