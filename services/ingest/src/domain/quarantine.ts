import { type QuarantineItem, type QuarantineProblem, quarantineStateSchema } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';

export type { QuarantineProblem };

/**
 * `open`: it was refused and nobody has dealt with it. `flagged`: it was processed, but something about it is odd (a control id with other content).
 * `replayed`: its facts were taken later, by an operator or because the sender sent it again after the protocol was mended. `dismissed`: an operator said no.
 */
export const quarantineStates = quarantineStateSchema.options;
export type QuarantineState = QuarantineItem['state'];

/** What came and could not be used. `id` is opaque and follows from the content: the same again is the same entry. */
export type Quarantined = {
  readonly id: string;
  readonly kind: QuarantineItem['kind'];
  readonly state: 'open' | 'flagged';
  readonly receivedAt: EpochMs;
  readonly site: string;
  /** As the message names it: text of a stranger. */
  readonly sender: string;
  /** Whose room it takes: a sender of the protocol by name, all others together. */
  readonly room: string;
  readonly address: string;
  readonly messageType: string;
  readonly controlId: string;
  /** What the sender was answered: AE, AR, AA of a flagged one, C000, A900. */
  readonly code: string;
  readonly problems: readonly QuarantineProblem[];
  readonly content: Uint8Array;
  /** Transfer syntax of a DICOM header, empty for HL7. */
  readonly encoding: string;
};

/** An entry as it is listed: everything but the content. `count`: how many times the same came. */
export type QuarantineEntry = Omit<Quarantined, 'content' | 'state'> & {
  readonly state: QuarantineState;
  readonly bytes: number;
  readonly count: number;
  readonly lastAt: EpochMs;
  readonly resolvedAt: EpochMs | null;
  readonly resolvedBy: string | null;
};

/** What a quarantine holds at most; what is over gives way by `givesWay`. */
export type QuarantineLimits = {
  readonly entriesPerSender: number;
  readonly bytesPerSender: number;
  readonly flaggedPerSender: number;
  readonly entries: number;
  readonly bytes: number;
};

export const defaultQuarantineLimits: QuarantineLimits = {
  entriesPerSender: 2_000,
  bytesPerSender: 64 << 20,
  flaggedPerSender: 100,
  entries: 20_000,
  bytes: 512 << 20,
};

/**
 * Which entries give way first, smallest number first: what was dealt with, then what was processed anyway, then what is refused by its type and will be
 * again, last what has content at fault and waits for a person. Within one number the oldest.
 */
export function givesWay(state: QuarantineState, code: string): number {
  if (state === 'replayed' || state === 'dismissed') return 0;
  if (state === 'flagged') return 1;
  return code === 'AR' ? 2 : 3;
}

type Verdict = 'do' | 'done-already' | 'not-allowed';

/** A message whose facts were taken is taken; one that was dismissed stays so. */
export function mayReplay(state: QuarantineState): Verdict {
  if (state === 'replayed') return 'done-already';
  return state === 'dismissed' ? 'not-allowed' : 'do';
}

export function mayDismiss(state: QuarantineState): Verdict {
  if (state === 'dismissed') return 'done-already';
  return state === 'replayed' ? 'not-allowed' : 'do';
}
