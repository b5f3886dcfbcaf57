import { VoorrangError } from '@voorrang/kernel';
import { type BusRecord, positionKey } from './ports.ts';

const mostTries = 5;

/** Whether an error may be a bug that this very message trips. An error of the machine (`ENOSPC`) that nobody named yet says nothing of the message. */
export const mayBeBug = (error: VoorrangError): boolean =>
  error.code === 'VRG_INTERNAL' &&
  !(typeof error.cause === 'object' && error.cause !== null && 'syscall' in error.cause);

/** Counts how often a record has tripped a bug by itself, so that it does not stop everything behind it for ever. */
export class BugTries {
  readonly #tries = new Map<string, number>();

  /** One more try of the record alone ended with `error`. The error to park it with when that was the last one. */
  failed(record: BusRecord, error: VoorrangError): VoorrangError | undefined {
    const place = placeOf(record);
    const tries = (this.#tries.get(place) ?? 0) + 1;
    this.#tries.set(place, tries);
    if (tries < mostTries) return undefined;
    // The text of the error itself may quote the message.
    return new VoorrangError('VRG_INTERNAL', `a bug (${nameOf(error)}) stopped it ${tries} times`, { cause: error });
  }

  ended(record: BusRecord): void {
    this.#tries.delete(placeOf(record));
  }

  clear(): void {
    this.#tries.clear();
  }
}

const placeOf = ({ topic, partition, offset }: BusRecord): string => `${positionKey(topic, partition)}/${offset}`;
const nameOf = ({ cause, code }: VoorrangError): string => (cause instanceof Error ? cause.name : code);
