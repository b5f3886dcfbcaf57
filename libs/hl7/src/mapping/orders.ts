import type { EventData } from '@voorrang/contracts';
import { err, ok, type Result } from '@voorrang/kernel';
import type { Hl7Message } from '../message.ts';
import { type Hl7Location, type Hl7Problem, problem } from '../problem.ts';
import { findExcessOrder } from './bounds.ts';
import { type MappedEvent, mappedEvent } from './event.ts';
import { type OrderGroup, orderGroups } from './groups.ts';
import { orderChangeOf } from './order-control.ts';
import {
  accessionNumbersOf,
  bodyPartOf,
  indicationOf,
  modalityOf,
  type OrderNumber,
  orderNumberOf,
  priorityOf,
  procedureOf,
  strokeCodeOf,
  studyUidOf,
} from './order-facts.ts';
import { patientReader } from './patient.ts';
import { fieldsOfGroup } from './read-fields.ts';
import type { MappingSettings } from './settings.ts';
import { instantOf } from './timestamp.ts';
import { visitOf } from './visit.ts';

type Order = EventData<'order.placed'>;

export type MappedOrders = { readonly events: readonly MappedEvent[]; readonly warnings: readonly Hl7Problem[] };

/** ORM^O01, OMI^O23, OMG^O19: an event per order, in the order of the message. One order at fault refuses the whole message. */
export function mapOrders(message: Hl7Message, settings: MappingSettings): Result<MappedOrders, readonly Hl7Problem[]> {
  const groups = orderGroups(message).filter(({ isPrior }) => !isPrior);
  if (groups.length === 0) {
    return err([problem(101, { segment: 'ORC', occurrence: 1 }, 'an order message needs an ORC or OBR segment')]);
  }
  const excess = findExcessOrder(groups);
  if (excess !== null) return err([excess]);
  const readPatient = patientReader(settings);
  const mapped = groups.map((group) => mapOrder(message, group, readPatient, settings));
  const problems = mapped.flatMap((one) => (one.ok ? [] : one.error));
  if (problems.length > 0) return err(problems);
  const values = mapped.flatMap((one) => (one.ok ? [one.value] : []));
  return ok({ events: values.flatMap(({ events }) => events), warnings: values.flatMap(({ warnings }) => warnings) });
}

function mapOrder(
  message: Hl7Message,
  group: OrderGroup,
  readPatient: ReturnType<typeof patientReader>,
  settings: MappingSettings,
): Result<MappedOrders, readonly Hl7Problem[]> {
  const orderNumber = orderNumberOf(group);
  const key = orderKeyOf(orderNumber, settings);
  if (key === null) return err([numberMissing(group)]);
  const control = group.orc?.text(1).trim().toUpperCase() ?? '';
  const { change, status, unknown, needsPatient } = orderChangeOf(
    control,
    group.orc?.text(5).trim().toUpperCase() ?? '',
  );
  const warnings =
    unknown === null ? [] : [unknownPair({ segment: 'ORC', occurrence: group.orc?.occurrence ?? 1, field: unknown })];
  const accessionNumbers = accessionNumbersOf(message, group, settings);
  if (change === 'cancelled') {
    return ok({ events: [mappedEvent('order.cancelled', key, { orderNumber, accessionNumbers }, settings)], warnings });
  }
  const patient = readPatient(group.pid);
  if (needsPatient && patient === null) {
    const occurrence = group.pid?.occurrence ?? 1;
    return err([problem(101, { segment: 'PID', occurrence, field: 3 }, 'a new order needs a usable patient id')]);
  }
  const { orc, obr } = group;
  const order: Order = {
    orderNumber,
    accessionNumbers,
    studyInstanceUid: studyUidOf(message, group, settings),
    patient,
    visit: visitOf(fieldsOfGroup(message, group), settings),
    procedure: procedureOf(group),
    modality: modalityOf(message, group, settings),
    bodyPart: bodyPartOf(group),
    indication: indicationOf(group),
    priority: priorityOf(message, group, settings),
    strokeCode: strokeCodeOf(message, group, settings),
    status,
    requestedAt: instantOf(orc?.text(9) ?? '', settings.timeZone) ?? instantOf(obr?.text(6) ?? '', settings.timeZone),
  };
  return ok({
    events: [mappedEvent(change === 'placed' ? 'order.placed' : 'order.changed', key, order, settings)],
    warnings,
  });
}

const unknownPair = (place: Hl7Location): Hl7Problem =>
  problem(103, place, 'order control and status are not a known pair; the state of the order stays', 'warning');

/** Opaque order key; `null` without any order number. */
export function orderKeyOf({ filler, placer }: OrderNumber, { keys, site }: MappingSettings): string | null {
  if (filler !== null) return keys.order(site, filler);
  return placer === null ? null : keys.order(site, `placer:${placer}`);
}

export function numberMissing({ orc, obr }: OrderGroup): Hl7Problem {
  const segment = orc ?? obr;
  const place = { segment: segment?.name ?? 'ORC', occurrence: segment?.occurrence ?? 1, field: 2 };
  return problem(101, place, 'a placer or a filler order number is needed');
}
