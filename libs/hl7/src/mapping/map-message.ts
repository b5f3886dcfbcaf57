import { err, ok, type Result } from '@voorrang/kernel';
import type { Hl7Message } from '../message.ts';
import type { Hl7Problem } from '../problem.ts';
import { findUnsupported } from '../supported.ts';
import { findExcessRepetition } from './bounds.ts';
import type { MappedEvent } from './event.ts';
import { mapMerge, mapUnmerge } from './merges.ts';
import { mapOrders } from './orders.ts';
import { mapAdmission } from './patients.ts';
import { mapReports } from './reports.ts';
import type { MappingSettings } from './settings.ts';

export type MappedMessage = {
  readonly events: readonly MappedEvent[];
  /** Noticed, but no reason to refuse: they go into the answer as ERR with severity W, and are counted. */
  readonly warnings: readonly Hl7Problem[];
};

/**
 * The facts that one message tells, without stamp and id. Pure: time, keys and settings are arguments. A message gives all its facts or none.
 * Problems are refusals (see `outcomeOf`); their texts and places hold no value of the message.
 */
export function mapMessage(
  message: Hl7Message,
  settings: MappingSettings,
): Result<MappedMessage, readonly Hl7Problem[]> {
  const refused = findUnsupported(message.header, settings.processingIds) ?? findExcessRepetition(message);
  if (refused !== null) return err([refused]);
  switch (message.header.messageType) {
    case 'ADT': {
      const mapped = mapperOfAdt(message.header.triggerEvent)(message, settings);
      return mapped.ok ? ok({ events: mapped.value, warnings: [] }) : mapped;
    }
    case 'ORU': {
      const mapped = mapReports(message, settings);
      return mapped.ok ? ok({ events: mapped.value, warnings: [] }) : mapped;
    }
    default:
      return mapOrders(message, settings);
  }
}

function mapperOfAdt(event: string): typeof mapMerge {
  if (['A18', 'A40', 'A47'].includes(event)) return mapMerge;
  return event === 'A37' ? mapUnmerge : mapAdmission;
}
