import type { EventData, EventType, NewEvent } from '@voorrang/contracts';
import type { MappingSettings } from './settings.ts';

/** Event types that HL7 messages give. */
export type MappedType = Extract<
  EventType,
  | 'order.placed'
  | 'order.changed'
  | 'order.cancelled'
  | 'report.issued'
  | 'patient.updated'
  | 'patient.merged'
  | 'patient.unmerged'
  | 'visit.changed'
>;
export type MappedEvent = { [T in MappedType]: NewEvent<T, EventData<T>> }[MappedType];

export const defaultSource = 'hl7';

export const mappedEvent = <T extends MappedType>(
  type: T,
  key: string,
  data: EventData<T>,
  { site, source = defaultSource }: MappingSettings,
): MappedEvent => ({ type, source, site, key, data }) as unknown as MappedEvent;
