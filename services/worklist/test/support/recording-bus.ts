import type { EventBus, OutgoingRecord } from '@voorrang/bus';
import { decodeEvent, type Event } from '@voorrang/contracts';

/** A bus that keeps what is published; nothing here subscribes. */
export type RecordingBus = EventBus & { events(): readonly Event[] };

export function recordingBus(): RecordingBus {
  const records: OutgoingRecord[] = [];
  return {
    publish: async (some) => void records.push(...some),
    subscribe: async () => {
      throw new Error('the worklist service subscribes to nothing');
    },
    heads: async () => ({}),
    health: { ok: true, detail: 'recording' },
    close: async () => undefined,
    events: () =>
      records.map(({ value }) => {
        const decoded = decodeEvent(value);
        if (decoded.kind !== 'event') throw new Error(`published what cannot be decoded: ${decoded.kind}`);
        return decoded.event;
      }),
  };
}
