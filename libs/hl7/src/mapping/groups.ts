import type { Hl7Message, Hl7Segment } from '../message.ts';

/** One order of a message: its ORC and OBR, and the segments that belong to them. At least one of the two is there. */
export type OrderGroup = {
  readonly orc: Hl7Segment | undefined;
  readonly obr: Hl7Segment | undefined;
  readonly others: readonly Hl7Segment[];
  /** True for the second and further OBR under one ORC: the order numbers of that ORC are not those of this OBR. */
  readonly sharesOrc: boolean;
  /** The patient and the visit that it stands under. */
  readonly pid: Hl7Segment | undefined;
  readonly pv1: Hl7Segment | undefined;
  /** A previous result that goes along with an order (ORC-1 PR, or after a further PID of an order message): nothing that anybody orders. */
  readonly isPrior: boolean;
};

type Growing = { -readonly [Key in keyof OrderGroup]: OrderGroup[Key] } & { others: Hl7Segment[] };

/**
 * Cuts a message into its orders. A group begins at each ORC, and at an OBR when the group already has one (several OBR under one ORC, ORU without ORC);
 * such an OBR shares the ORC before it. A PID ends a group: what follows belongs to that patient (ORU with several patients, OMG with prior results).
 */
export function orderGroups(message: Hl7Message): readonly OrderGroup[] {
  const isReport = message.header.messageType === 'ORU';
  const groups: Growing[] = [];
  let [pid, pv1]: [Hl7Segment | undefined, Hl7Segment | undefined] = [undefined, undefined];
  let current: Growing | undefined;
  const begin = (orc: Hl7Segment | undefined, obr: Hl7Segment | undefined, sharesOrc: boolean, isPrior: boolean) => {
    current = { orc, obr, others: [], sharesOrc, pid, pv1, isPrior };
    groups.push(current);
  };
  for (const segment of message.segments) {
    if (segment.name === 'PID') {
      [pid, pv1, current] = [segment, undefined, undefined];
    } else if (segment.name === 'PV1') {
      pv1 = segment;
      if (current !== undefined) current.pv1 ??= segment;
    } else if (segment.name === 'ORC') {
      begin(segment, undefined, false, !isReport && segment.text(1).trim().toUpperCase() === 'PR');
    } else if (segment.name === 'OBR' && current === undefined) {
      begin(undefined, segment, false, !isReport && groups.length > 0);
    } else if (segment.name === 'OBR' && current?.obr !== undefined) {
      begin(current.orc, segment, current.orc !== undefined, current.isPrior);
    } else if (segment.name === 'OBR' && current !== undefined) current.obr = segment;
    else current?.others.push(segment);
  }
  return groups;
}

/**
 * Segments of one name that hold for a group: its own, its patient's, else the only one of the message (IHE puts one ZDS after several orders; the PV1 of a
 * sender that writes it at the end).
 */
export function segmentsFor(message: Hl7Message, group: OrderGroup, name: string): readonly Hl7Segment[] {
  const own = ownSegments(group, name);
  if (own.length > 0) return own;
  const all = message.all(name);
  return all.length === 1 ? all : [];
}

function ownSegments(group: OrderGroup, name: string): readonly Hl7Segment[] {
  const single = { ORC: group.orc, OBR: group.obr, PID: group.pid, PV1: group.pv1 }[name];
  if (single !== undefined) return [single];
  return group.others.filter((segment) => segment.name === name);
}
