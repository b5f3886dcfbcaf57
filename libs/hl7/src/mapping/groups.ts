import type { Hl7Message, Hl7Segment } from '../message.ts';

/** One order of a message: its ORC and OBR, and the segments that belong to them. At least one of the two is there. */
export type OrderGroup = {
  readonly orc: Hl7Segment | undefined;
  readonly obr: Hl7Segment | undefined;
  readonly others: readonly Hl7Segment[];
  /** True for the second and further OBR under one ORC: the order numbers of that ORC are not those of this OBR. */
  readonly sharesOrc: boolean;
};

/**
 * Cuts a message into its orders. A group begins at each ORC, and at an OBR when the group already has one (several OBR under one ORC, ORU without ORC);
 * such an OBR shares the ORC before it.
 */
export function orderGroups(message: Hl7Message): readonly OrderGroup[] {
  const groups: {
    orc: Hl7Segment | undefined;
    obr: Hl7Segment | undefined;
    others: Hl7Segment[];
    sharesOrc: boolean;
  }[] = [];
  for (const segment of message.segments) {
    const current = groups.at(-1);
    if (segment.name === 'ORC') groups.push({ orc: segment, obr: undefined, others: [], sharesOrc: false });
    else if (segment.name === 'OBR' && (current === undefined || current.obr !== undefined)) {
      groups.push({ orc: current?.orc, obr: segment, others: [], sharesOrc: current?.orc !== undefined });
    } else if (segment.name === 'OBR' && current !== undefined) current.obr = segment;
    else current?.others.push(segment);
  }
  return groups;
}

/** Segments of one name that hold for a group: its own, else the only ones of the message (IHE puts one ZDS after several orders). */
export function segmentsFor(message: Hl7Message, group: OrderGroup, name: string): readonly Hl7Segment[] {
  const own = group.others.filter((segment) => segment.name === name);
  if (own.length > 0) return own;
  const all = message.all(name);
  return all.length === 1 ? all : [];
}
