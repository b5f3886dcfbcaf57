import { type ErrorKind, toVoorrangError } from '@voorrang/kernel';
import { commands, statuses } from './command-set.ts';
import type { DicomHeader } from './header.ts';
import type { Message } from './message-assembler.ts';

/** Who is at the other end, as the association request says and the socket shows. */
export type Peer = { readonly callingAe: string; readonly calledAe: string; readonly remoteAddress: string };

/** An object whose header was read; its pixels are gone. */
export type StoredObject = {
  readonly header: DicomHeader;
  readonly digest: string;
  readonly transferSyntax: string;
  readonly keptBytes: number;
  readonly totalBytes: number;
  readonly peer: Peer;
};

/** What became of an object. Only `stored` says that it is durable. */
export type StoreAnswer = 'stored' | 'not-authorised' | 'out-of-resources' | 'cannot-understand';

export type OnStore = (object: StoredObject) => Promise<StoreAnswer>;
export type Outcome = { readonly status: number; readonly comment?: string; readonly error?: unknown };

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

/** Why a message cannot be given to `onStore` (PS3.4 §B.2.3, PS3.7 §C.5), `undefined` when it can. */
export function refusalOf({ command, context, object }: Message): Outcome | undefined {
  if (command.field !== commands.cStore) return { status: statuses.unrecognizedOperation };
  if (object === undefined) return { status: statuses.cannotUnderstand, comment: 'no data set' };
  if (command.sopClassUid !== context.abstractSyntax) {
    return { status: statuses.sopClassNotSupported, comment: 'SOP class is not that of the context' };
  }
  if (!object.header.ok) {
    const { attribute } = object.header.error.details;
    const comment = typeof attribute === 'string' ? `missing or invalid ${attribute}` : 'unreadable data set';
    return { status: statuses.cannotUnderstand, comment, error: object.header.error };
  }
  const { sopClassUid, sopInstanceUid } = object.header.value;
  if (sopClassUid !== command.sopClassUid) return { status: statuses.sopClassMismatch, comment: 'SOP class differs' };
  if (sopInstanceUid !== command.sopInstanceUid) {
    return { status: statuses.sopClassMismatch, comment: 'SOP instance differs' };
  }
  return undefined;
}

/** The outcome of a C-STORE: success only after `onStore` has said so. Never rejects. */
export async function answerStore(message: Message, peer: Peer, onStore: OnStore): Promise<Outcome> {
  const refusal = refusalOf(message);
  const object = message.object;
  if (refusal !== undefined || object === undefined || !object.header.ok)
    return refusal ?? { status: statuses.cannotUnderstand };
  const { digest, keptBytes, totalBytes } = object;
  try {
    const answer = await onStore({
      header: object.header.value,
      digest,
      transferSyntax: message.context.transferSyntax,
      keptBytes,
      totalBytes,
      peer,
    });
    return { status: answers[answer] };
  } catch (thrown) {
    const error = toVoorrangError(thrown);
    return { status: failures[error.kind], comment: error.code, error };
  }
}
