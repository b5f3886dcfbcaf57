import type { Hl7Header } from './header.ts';
import { type Hl7Problem, problem } from './problem.ts';

/** Message types and events that are taken; what each does stands in `docs/hl7-conformance.md`. */
export const supportedMessages = {
  ORM: ['O01'],
  OMI: ['O23'],
  OMG: ['O19'],
  // IHE RAD-1 and RAD-12, ITI-30, and A18 of old senders.
  ADT: 'A01 A02 A03 A04 A05 A06 A07 A08 A11 A12 A13 A18 A28 A31 A37 A38 A40 A47'.split(' '),
  ORU: ['R01'],
} satisfies Readonly<Record<string, readonly string[]>>;

const at = (field: number, component?: number) => ({
  segment: 'MSH',
  occurrence: 1,
  field,
  ...(component === undefined ? {} : { component }),
});

/** Table 0103: production, debugging, training. A site narrows it. */
export const defaultProcessingIds: readonly string[] = ['P', 'D', 'T'];

/** `null`: the type, version and processing id are supported. Versions 2.1 to 2.8 are taken leniently, an empty one too. */
export function findUnsupported(
  header: Hl7Header,
  processingIds: readonly string[] = defaultProcessingIds,
): Hl7Problem | null {
  const events: readonly string[] | undefined = supportedMessages[header.messageType as keyof typeof supportedMessages];
  if (events === undefined) return problem(200, at(9, 1), 'this message type is not supported');
  // ORM and ORU of old senders may leave the event out: each has only one.
  const eventMissing = header.triggerEvent === '' && events.length === 1;
  if (!eventMissing && !events.includes(header.triggerEvent)) {
    return problem(201, at(9, 2), 'this event is not supported for the message type');
  }
  if (header.processingId !== '' && !processingIds.includes(header.processingId)) {
    return problem(202, at(11), 'this processing id is not supported');
  }
  if (header.version !== '' && !/^2\.[1-8](\.\d+)?$/.test(header.version)) {
    return problem(203, at(12), 'this version is not supported');
  }
  return null;
}
