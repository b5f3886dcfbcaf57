import type { DicomJson } from '@voorrang/dicom';
import { VoorrangError } from '@voorrang/kernel';

/** Reasons of failure (PS3.4 table B.2-1, PS3.3 §C.14.1.1) as STOW-RS tells them (PS3.18 §10.5.3). */
export const failureReasons = {
  outOfResources: 0xa700,
  /** Also: of another study than the address says. */
  mismatch: 0xa900,
  cannotUnderstand: 0xc000,
  processingFailure: 0x0110,
  classNotSupported: 0x0122,
  transferSyntaxNotSupported: 0xc122,
} as const;
export type FailureReason = (typeof failureReasons)[keyof typeof failureReasons];

/** What became of one part. `instance` is null where it could not be read which one it is. */
export type StowOutcome = {
  readonly instance: { readonly sopClassUid: string; readonly sopInstanceUid: string } | null;
  /** Absent: stored. */
  readonly failure?: FailureReason;
};

export type StowAnswer = { readonly status: 200 | 202 | 409; readonly body: DicomJson };

/**
 * The answer to a whole request (PS3.18 §10.5.3): 200 all stored, 202 some, 409 none. Throws `VRG_HTTP_MALFORMED` when there was no part, and `VRG_UNAVAILABLE` when nothing
 * could be stored for want of room alone: that is to be sent again.
 */
export function stowAnswer(outcomes: readonly StowOutcome[]): StowAnswer {
  if (outcomes.length === 0) {
    throw new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
      details: { problems: [{ path: 'body', message: 'no part' }] },
    });
  }
  if (outcomes.every(({ failure }) => failure === failureReasons.outOfResources)) {
    throw new VoorrangError('VRG_UNAVAILABLE', 'nothing could be stored now');
  }
  const stored = outcomes.filter(({ failure }) => failure === undefined);
  const failed = outcomes.filter(({ instance, failure }) => instance !== null && failure !== undefined);
  const unnamed = outcomes.filter(({ instance, failure }) => instance === null && failure !== undefined);
  const body = {
    ...sequence('00081199', stored.map(referenced)),
    ...sequence(
      '00081198',
      failed.map((outcome) => ({ ...referenced(outcome), ...reasonOf(outcome) })),
    ),
    ...sequence('0008119A', unnamed.map(reasonOf)),
  };
  const status = stored.length === outcomes.length ? 200 : stored.length > 0 ? 202 : 409;
  return { status, body };
}

const sequence = (tag: string, items: readonly DicomJson[]): DicomJson =>
  items.length === 0 ? {} : { [tag]: { vr: 'SQ', Value: items } };

const referenced = ({ instance }: StowOutcome): DicomJson =>
  instance === null
    ? {}
    : {
        '00081150': { vr: 'UI', Value: [instance.sopClassUid] },
        '00081155': { vr: 'UI', Value: [instance.sopInstanceUid] },
      };

const reasonOf = ({ failure }: StowOutcome): DicomJson =>
  failure === undefined ? {} : { '00081197': { vr: 'US', Value: [failure] } };
