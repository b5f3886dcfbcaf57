import { type CollectedFile, isStorageSopClass } from '@voorrang/dicom';
import { type ErrorCode, toVoorrangError } from '@voorrang/kernel';
import { type FailureReason, failureReasons, type StowOutcome } from './stow-answer.ts';

type Instance = NonNullable<StowOutcome['instance']>;

/**
 * Why a file is not taken, before anything of it is made durable; `undefined` when it can be. `study`: what the address of the request names. What the file meta information
 * names is not asked: tools that give new UIDs forget it, and the data set is what counts.
 */
export function refusalOfFile({ header }: CollectedFile, study: string | undefined): FailureReason | undefined {
  if (!header.ok) {
    if (header.error.kind === 'transient') return failureReasons.outOfResources;
    const isSyntax = header.error.details.attribute === 'transfer syntax';
    return isSyntax ? failureReasons.transferSyntaxNotSupported : failureReasons.cannotUnderstand;
  }
  const { sopClassUid, studyInstanceUid } = header.value;
  if (!isStorageSopClass(sopClassUid)) return failureReasons.classNotSupported;
  return study === undefined || study === studyInstanceUid ? undefined : failureReasons.mismatch;
}

/** Which instance a file is, by itself or else by its file meta information; null when neither says it. */
export function instanceOf({ header, named }: CollectedFile): Instance | null {
  const { sopClassUid, sopInstanceUid } = header.ok ? header.value : named;
  return isUid(sopClassUid) && isUid(sopInstanceUid) ? { sopClassUid, sopInstanceUid } : null;
}

const isUid = (text: string | undefined): text is string =>
  text !== undefined && text.length <= 64 && /^[0-9]+(\.[0-9]+)*$/.test(text);

/** With these nothing at all can be made durable: the request ends, and is sent again as a whole. */
const ends: ReadonlySet<ErrorCode> = new Set([
  'VRG_SPOOL_FULL',
  'VRG_JOURNAL_CLOSED',
  'VRG_JOURNAL_FAILED',
] satisfies ErrorCode[]);

/** What it means for one instance that it could not be made durable. Throws what ends the request. */
export function failureOfTaking(thrown: unknown): FailureReason {
  const error = toVoorrangError(thrown);
  if (ends.has(error.code)) throw error;
  return error.kind === 'permanent' ? failureReasons.processingFailure : failureReasons.outOfResources;
}
