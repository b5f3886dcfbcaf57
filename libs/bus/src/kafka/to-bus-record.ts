import type { Topic } from '@voorrang/contracts';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { BusRecord } from '../ports.ts';

export const toBusRecord = (topic: Topic, partition: number, message: KafkaMessage): BusRecord => ({
  topic,
  partition,
  offset: Number(message.offset),
  key: message.key?.toString('utf8') ?? '',
  value: message.value ?? new Uint8Array(),
  headers: textHeaders(message.headers),
});

/** Of a header that is there more than once the last one counts, as in the Java client. */
function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) texts[name] = last.toString();
  }
  return texts;
}
