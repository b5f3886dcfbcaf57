import { type Event, encodeEvent, eventIdOf, type NewEvent } from '@voorrang/contracts';
import { opaqueKeys } from '@voorrang/kernel';
import type { OutgoingRecord } from '../src/index.ts';

const keys = opaqueKeys('a secret for tests');
export const keyOf = (study: number): string => keys.study('EX', `1.2.${study}`);

/** A small fact of the topic `reading`: `by` tells one from another. */
export const studyRead = (
  study: number,
  by: string,
): NewEvent<'study.read', { studyInstanceUid: string; by: string }> => ({
  type: 'study.read',
  source: 'test',
  site: 'EX',
  key: keyOf(study),
  data: { studyInstanceUid: `1.2.${study}`, by },
});

export const stamped = (fact: NewEvent, seq: number): Event => {
  const stamp = { observedAt: 1_790_000_000_000 + seq, ingestId: 'ingest-test', seq };
  return { ...fact, id: eventIdOf(stamp), stamp };
};

export const recordOf = (study: number, by: string, seq = 0): OutgoingRecord => ({
  topic: 'reading',
  key: keyOf(study),
  value: encodeEvent(stamped(studyRead(study, by), seq)),
});

export const undecodable = (study: number): OutgoingRecord => ({
  topic: 'reading',
  key: keyOf(study),
  value: Buffer.from('{"this is": no event'),
});

export const ofUnknownType = (study: number): OutgoingRecord => ({
  topic: 'reading',
  key: keyOf(study),
  value: encodeEvent({ ...stamped(studyRead(study, 'x'), 0), type: 'study.dreamt-of' }),
});

export const byOf = (event: { readonly data: unknown }): string => (event.data as { by: string }).by;
