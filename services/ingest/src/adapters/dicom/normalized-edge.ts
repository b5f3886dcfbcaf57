import type { FactSpool } from '@voorrang/bus';
import type { EventData, NewEvent } from '@voorrang/contracts';
import {
  dicomStatuses,
  instanceAvailabilitySopClass,
  type NormalizedAnswer,
  type NormalizedRequest,
  type OnNormalized,
  performedProcedureStepSopClass,
  readDataSet,
} from '@voorrang/dicom';
import { type Clock, faultPoint, type OpaqueKeys, VoorrangError } from '@voorrang/kernel';
import { currentTraceparent, withSpan } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import { dicomSource } from '../../application/fact-of-object.ts';
import type { AttributeProblem } from '../../application/normalized-attributes.ts';
import type { StepBook } from '../../application/ports.ts';
import { type Availability, readAvailability } from '../../application/read-availability.ts';
import { readPerformedStep } from '../../application/read-performed-step.ts';
import { type SenderOfImages, senderOfImages } from '../../application/senders.ts';
import { factsOfStep, type Made, partsOf, type StepDecision } from '../../domain/performed-step.ts';

export type NormalizedDeps = {
  readonly site: string;
  readonly clock: Clock;
  readonly keys: OpaqueKeys;
  readonly protocol: Pick<Protocol, 'senders'>;
  readonly spool: Pick<FactSpool, 'accept'>;
  /** The MPPS book, and whom to tell that it has taken a message; `undefined` while there is no database. */
  readonly steps: () => { readonly book: StepBook; readonly onTaken: () => void } | undefined;
};

/** IAN and MPPS: success is answered only after the facts are durable, those of IAN in the spool, those of MPPS with the book. */
export const createNormalizedEdge =
  (deps: NormalizedDeps): OnNormalized =>
  (request) => {
    const sender = senderOfImages(deps.protocol.senders, request.peer.callingAe, deps.site);
    const attributes = { site: sender.site };
    const { sopClassUid, operation } = request;
    if (sopClassUid === performedProcedureStepSopClass)
      return withSpan('ingest.dicom.mpps', { kind: 'server', parent: undefined, attributes }, () =>
        takeStep(deps, request, sender),
      );
    if (sopClassUid === instanceAvailabilitySopClass && operation === 'N-CREATE')
      return withSpan('ingest.dicom.ian', { kind: 'server', parent: undefined, attributes }, () =>
        takeAvailability(deps, request, sender),
      );
    return Promise.resolve({ status: dicomStatuses.unrecognizedOperation });
  };

async function takeStep(
  deps: NormalizedDeps,
  { operation, sopInstanceUid, dataSet, transferSyntax, peer }: NormalizedRequest,
  sender: SenderOfImages,
): Promise<NormalizedAnswer> {
  const read = readPerformedStep(operation, readDataSet(dataSet, transferSyntax), sender.authority);
  if (!read.ok) return refused(read.error);
  const steps = deps.steps();
  if (steps === undefined) throw new VoorrangError('VRG_UNAVAILABLE');
  const made = madeBy(deps, sender, peer);
  const kind = await steps.book.take({
    site: sender.site,
    procedureStepUid: sopInstanceUid,
    message: read.value,
    factsOf: (step) => factsOfStep(sopInstanceUid, step, read.value.series, made),
    now: deps.clock.now(),
  });
  if (kind !== 'taken') return notTaken[kind];
  steps.onTaken();
  faultPoint('wire.dicom.before-answer');
  return { status: dicomStatuses.success };
}

/** PS3.7 §C.5 and, for a step that has ended, PS3.4 §F.7.2.2.2. */
const notTaken: Readonly<Record<Exclude<StepDecision['kind'], 'taken'>, NormalizedAnswer>> = {
  duplicate: { status: dicomStatuses.duplicateSopInstance, comment: 'procedure step exists' },
  unknown: { status: dicomStatuses.noSuchSopInstance, comment: 'procedure step was not created here' },
  ended: {
    status: dicomStatuses.processingFailure,
    errorId: 0xa710,
    comment: 'Performed Procedure Step Object may no longer be updated',
  },
};

async function takeAvailability(
  deps: NormalizedDeps,
  { dataSet, transferSyntax, peer }: NormalizedRequest,
  sender: SenderOfImages,
): Promise<NormalizedAnswer> {
  const read = readAvailability(readDataSet(dataSet, transferSyntax));
  if (!read.ok) return refused(read.error);
  const facts = factsOfAvailability(read.value, madeBy(deps, sender, peer));
  // Of a study's reports and other objects alone nothing is told: they are no images.
  if (facts.length > 0) await deps.spool.accept(facts);
  faultPoint('wire.dicom.before-answer');
  return { status: dicomStatuses.success };
}

function factsOfAvailability(availability: Availability, { sender, keyOf, ...about }: Made): NewEvent[] {
  const { studyInstanceUid, procedureStepUid } = availability;
  return (['available', 'unavailable'] as const).flatMap((status) => {
    if (availability[status].length === 0) return [];
    return partsOf(availability[status]).map((series): NewEvent => {
      const data: EventData<'images.announced'> = {
        studyInstanceUid,
        by: 'ian',
        status,
        procedureStepUid,
        series,
        modality: null,
        patient: null,
        accessionNumbers: [],
        studyDescription: null,
        startedAt: null,
        endedAt: null,
        station: null,
        sender,
      };
      return { ...about, type: 'images.announced', key: keyOf(studyInstanceUid), data };
    });
  });
}

function madeBy({ keys }: NormalizedDeps, { site }: SenderOfImages, peer: NormalizedRequest['peer']): Made {
  const traceparent = currentTraceparent();
  return {
    site,
    source: dicomSource,
    ...(traceparent === undefined ? {} : { traceparent }),
    sender: { callingAe: peer.callingAe, calledAe: peer.calledAe },
    keyOf: (studyInstanceUid) => keys.study(site, studyInstanceUid),
  };
}

const refusals: Readonly<Record<AttributeProblem['problem'], { readonly status: number; readonly word: string }>> = {
  'missing-attribute': { status: dicomStatuses.missingAttribute, word: 'missing' },
  'missing-value': { status: dicomStatuses.missingAttributeValue, word: 'empty' },
  'invalid-value': { status: dicomStatuses.invalidAttributeValue, word: 'invalid' },
};

/** Error Comment (0000,0902) is LO: at most 64 characters. */
function refused({ problem, attribute }: AttributeProblem): NormalizedAnswer {
  const { status, word } = refusals[problem];
  return { status, comment: `${word}: ${attribute}`.slice(0, 64) };
}
