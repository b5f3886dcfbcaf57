import { type ErrorKind, toVoorrangError } from '@voorrang/kernel';
import type { Outcome } from './answer-store.ts';
import { commands, statuses } from './command-set.ts';
import type { Message } from './message-assembler.ts';
import type { Peer } from './peer.ts';

/** A request of the normalized services with its data set as it came. */
export type NormalizedRequest = {
  readonly operation: 'N-CREATE' | 'N-SET';
  readonly sopClassUid: string;
  /** Of N-CREATE without one (PS3.7 §10.1.5): made here, and told to the peer in the response. */
  readonly sopInstanceUid: string;
  readonly dataSet: Buffer;
  readonly transferSyntax: string;
  readonly peer: Peer;
};

export type NormalizedAnswer = {
  /** One of `dicomStatuses`; success only when what came is durable. */
  readonly status: number;
  /** At most 64 characters, nothing of the data set. */
  readonly comment?: string;
  /** Number that the service gives the error, such as A710 of MPPS (PS3.4 §F.7.2.2). */
  readonly errorId?: number;
  /** Where the instance is not the one of the request. */
  readonly sopInstanceUid?: string;
};
export type OnNormalized = (request: NormalizedRequest) => Promise<NormalizedAnswer>;

/** What may be sent again is a want of resources, what will never work a failure to process (PS3.7 §C.5). */
const failures: Readonly<Record<ErrorKind, number>> = {
  transient: statuses.resourceLimitation,
  ambiguous: statuses.resourceLimitation,
  permanent: statuses.processingFailure,
};

/** Why an N-CREATE or N-SET cannot be given to `onNormalized` (PS3.7 §10.1.3, §10.1.5, §C.5), `undefined` when it can. */
export function normalizedRefusal({ command, context, dataSet }: Message): Outcome | undefined {
  if (command.sopClassUid !== context.abstractSyntax)
    return { status: statuses.sopClassNotSupported, comment: 'SOP class is not that of the context' };
  const isNamed = command.sopInstanceUid !== '' || command.field === commands.nSet;
  if (isNamed && !isUid(command.sopInstanceUid))
    return { status: statuses.invalidSopInstance, comment: 'SOP instance UID' };
  if (dataSet === undefined) return { status: statuses.missingAttribute, comment: 'no data set' };
  if (dataSet.bytes === null) return { status: statuses.resourceLimitation, comment: 'data set too long' };
  return undefined;
}

/** PS3.5 §9.1, but for zeros at the start of a component, which real devices send. */
const isUid = (text: string): boolean => text.length <= 64 && /^\d+(\.\d+)*$/.test(text);

/** The outcome of an N-CREATE or N-SET. `newUid` names an instance that came without a name. Never rejects. */
export async function answerNormalized(
  message: Message,
  peer: Peer,
  { onNormalized, newUid }: { readonly onNormalized: OnNormalized; readonly newUid: () => string },
): Promise<Outcome> {
  const { command, context, dataSet } = message;
  const refusal = normalizedRefusal(message);
  if (refusal !== undefined || dataSet === undefined || dataSet.bytes === null)
    return refusal ?? { status: statuses.processingFailure };
  const sopInstanceUid = command.sopInstanceUid === '' ? newUid() : command.sopInstanceUid;
  try {
    const answer = await onNormalized({
      operation: command.field === commands.nSet ? 'N-SET' : 'N-CREATE',
      sopClassUid: command.sopClassUid,
      sopInstanceUid,
      dataSet: dataSet.bytes,
      transferSyntax: context.transferSyntax,
      peer,
    });
    return { sopInstanceUid, ...answer };
  } catch (thrown) {
    const error = toVoorrangError(thrown);
    return { status: failures[error.kind], comment: error.code, error };
  }
}
