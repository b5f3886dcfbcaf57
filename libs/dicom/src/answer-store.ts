import { type ErrorKind, toVoorrangError } from '@voorrang/kernel';
import { statuses } from './command-set.ts';
import type { DicomHeader } from './header.ts';
import type { Message } from './message-assembler.ts';
import type { Peer } from './peer.ts';

/** An object whose header was read; its pixels are gone. */
export type StoredObject = {
  readonly header: DicomHeader;
  readonly digest: string;
  readonly transferSyntax: string;
  /** Evidence only: for `readDataSet` with `inflated: true`. Not to be kept when `onStore` has resolved. */
  readonly dataSet?: Buffer;
  readonly keptBytes: number;
  readonly totalBytes: number;
  readonly peer: Peer;
};

/** What became of an object. Only `stored` says that it is durable. */
export type StoreAnswer = 'stored' | 'not-authorised' | 'out-of-resources' | 'cannot-understand';

export type OnStore = (object: StoredObject) => Promise<StoreAnswer>;

/** What a request is answered with. `sopInstanceUid`: the affected instance where it is not that of the request. */
export type Outcome = {
  readonly status: number;
  readonly comment?: string;
  readonly errorId?: number;
  readonly sopInstanceUid?: string;
  readonly error?: unknown;
};

/** An object that is refused for what it is: nobody but its sender would hear of it. */
export type RefusedObject = {
  readonly peer: Peer;
  readonly status: number;
  readonly comment: string;
  readonly error: unknown;
  /** Bytes of the data set that were kept: a copy. */
  readonly header: Buffer;
  readonly transferSyntax: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly totalBytes: number;
};
export type OnRefused = (object: RefusedObject) => Promise<void>;

const answers: Readonly<Record<StoreAnswer, number>> = {
  stored: statuses.success,
  'not-authorised': statuses.notAuthorised,
  'out-of-resources': statuses.outOfResources,
  'cannot-understand': statuses.cannotUnderstand,
};

/** A transient or unknown outcome may be sent again; a permanent one will never be understood. */
const failures: Readonly<Record<ErrorKind, number>> = {
  transient: statuses.outOfResources,
  ambiguous: statuses.outOfResources,
  permanent: statuses.cannotUnderstand,
};

/** Why a C-STORE cannot be given to `onStore` (PS3.4 §B.2.3, PS3.7 §C.5), `undefined` when it can. */
export function storeRefusal({ command, context, object }: Message): Outcome | undefined {
  if (object === undefined) return { status: statuses.cannotUnderstand, comment: 'no data set' };
  if (command.sopClassUid !== context.abstractSyntax) {
    return { status: statuses.sopClassNotSupported, comment: 'SOP class is not that of the context' };
  }
  if (!object.header.ok && object.header.error.kind === 'transient') return undefined; // nothing is wrong with it
  if (!object.header.ok) {
    const { attribute } = object.header.error.details;
    const comment = typeof attribute === 'string' ? `missing or invalid ${attribute}` : 'unreadable data set';
    return { status: statuses.cannotUnderstand, comment, error: object.header.error };
  }
  const { sopClassUid, sopInstanceUid } = object.header.value;
  if (sopClassUid !== command.sopClassUid) return { status: statuses.sopClassMismatch, comment: 'SOP class differs' };
  if (sopInstanceUid !== command.sopInstanceUid)
    return { status: statuses.sopClassMismatch, comment: 'SOP instance differs' };
  return undefined;
}

/** The outcome of a C-STORE that is not refused: success only after `onStore` has said so. Never rejects. */
export async function answerStore({ context, object }: Message, peer: Peer, onStore: OnStore): Promise<Outcome> {
  if (object === undefined) return { status: statuses.cannotUnderstand };
  if (!object.header.ok) return failureOf(object.header.error);
  const { digest, dataSet, keptBytes, totalBytes } = object;
  try {
    const answer = await onStore({
      header: object.header.value,
      digest,
      transferSyntax: context.transferSyntax,
      ...(dataSet === undefined ? {} : { dataSet }),
      keptBytes,
      totalBytes,
      peer,
    });
    return { status: answers[answer] };
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** The outcome of a C-STORE that is refused, once somebody has been told. Never rejects. */
export async function answerRefused(
  { context, command, object }: Message,
  refusal: Outcome,
  { peer, header, onRefused }: { readonly peer: Peer; readonly header: Buffer; readonly onRefused: OnRefused },
): Promise<Outcome> {
  try {
    await onRefused({
      peer,
      status: refusal.status,
      comment: refusal.comment ?? '',
      error: refusal.error,
      header,
      transferSyntax: context.transferSyntax,
      sopClassUid: command.sopClassUid,
      sopInstanceUid: command.sopInstanceUid,
      totalBytes: object?.totalBytes ?? 0,
    });
    return refusal;
  } catch (thrown) {
    return { ...failureOf(thrown), status: statuses.outOfResources };
  }
}

function failureOf(thrown: unknown): Outcome {
  const error = toVoorrangError(thrown);
  return { status: failures[error.kind], comment: error.code, error };
}
