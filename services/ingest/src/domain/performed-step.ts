import type { EventData, NewEvent } from '@voorrang/contracts';
import type { StepStatus } from './steps.ts';

type Announced = EventData<'images.announced'>;
export type AnnouncedSeries = Announced['series'];

/** What is kept of a performed procedure step: an N-SET repeats none of it. */
export type PerformedStep = Pick<
  Announced,
  'patient' | 'patientAuthorityAssumed' | 'modality' | 'startedAt' | 'endedAt' | 'station'
> & {
  readonly status: StepStatus;
  readonly studies: readonly {
    readonly studyInstanceUid: string;
    readonly accessionNumbers: readonly string[];
    readonly description: string | null;
  }[];
};

/** What one message says; absent fields are not in it. */
export type StepMessage =
  | { readonly operation: 'N-CREATE'; readonly step: PerformedStep; readonly series: AnnouncedSeries }
  | {
      readonly operation: 'N-SET';
      readonly step: Partial<Pick<PerformedStep, 'status' | 'endedAt' | 'modality' | 'station'>>;
      readonly series: AnnouncedSeries;
    };

export type StepDecision =
  /** N-CREATE of a step that is known (PS3.7 §C.5.5). */
  | { readonly kind: 'duplicate' }
  /** N-SET of a step that nobody created. */
  | { readonly kind: 'unknown' }
  /** N-SET of a step that was completed or discontinued (PS3.4 §F.7.2.2). */
  | { readonly kind: 'ended' }
  | { readonly kind: 'taken'; readonly step: PerformedStep };

/** Whether a message on a step counts, and what the step is after it. */
export function decideStep(known: PerformedStep | undefined, message: StepMessage): StepDecision {
  if (message.operation === 'N-CREATE')
    return known === undefined ? { kind: 'taken', step: message.step } : { kind: 'duplicate' };
  if (known === undefined) return { kind: 'unknown' };
  if (known.status !== 'in-progress') return { kind: 'ended' };
  return { kind: 'taken', step: { ...known, ...message.step } };
}

/** Instances in one fact at most, so that it stays well below the limits of any broker. */
const mostInstances = 2_000;

/** Parts of a list of series that one fact can carry, in order; at least one. */
export function partsOf(series: AnnouncedSeries): AnnouncedSeries[] {
  const parts: AnnouncedSeries[] = [[]];
  let room = mostInstances;
  for (const one of series) {
    let rest = one.instances;
    do {
      if (room === 0) {
        parts.push([]);
        room = mostInstances;
      }
      const taken = rest.slice(0, room);
      parts.at(-1)?.push({ ...one, instances: taken });
      rest = rest.slice(taken.length);
      room -= taken.length;
    } while (rest.length > 0);
  }
  return parts;
}

export type Made = Pick<NewEvent, 'site' | 'source'> & {
  readonly traceparent?: string;
  readonly sender: Announced['sender'];
  readonly keyOf: (studyInstanceUid: string) => string;
};

/**
 * The facts of one message: one per study of the step. A message too long for one fact is told in several; the last of them says how the step ended, so that
 * nobody takes it for complete before all of its images are known.
 */
export function factsOfStep(
  procedureStepUid: string,
  step: PerformedStep,
  series: AnnouncedSeries,
  made: Made,
): NewEvent[] {
  const { sender, keyOf, ...about } = made;
  const { status, studies, ...told } = step;
  const parts = partsOf(series);
  return studies.flatMap(({ studyInstanceUid, accessionNumbers, description }) =>
    parts.map((part, at): NewEvent => {
      const data: Announced = {
        ...told,
        studyInstanceUid,
        by: 'mpps',
        status: at === parts.length - 1 ? status : 'in-progress',
        procedureStepUid,
        series: part,
        accessionNumbers: [...accessionNumbers],
        studyDescription: description,
        sender,
      };
      return { ...about, type: 'images.announced', key: keyOf(studyInstanceUid), data };
    }),
  );
}
