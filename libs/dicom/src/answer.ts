import { answerNormalized, type OnNormalized } from './answer-normalized.ts';
import {
  answerRefused,
  answerStore,
  type OnRefused,
  type OnStore,
  type Outcome,
  storeRefusal,
} from './answer-store.ts';
import { commands, statuses } from './command-set.ts';
import { evidenceMemory } from './evidence-memory.ts';
import type { Message } from './message-assembler.ts';
import { operationOfMessage, type PeerOperation } from './operations.ts';
import type { Peer } from './peer.ts';

/** What the user of the server does with what comes. */
export type Services = {
  readonly onStore: OnStore;
  readonly onRefused: OnRefused | undefined;
  readonly onNormalized: OnNormalized | undefined;
  readonly onEcho: (peer: Peer) => Promise<void>;
  readonly newUid: () => string;
};

/** A message that waits for its answer, with what had to be looked at before the next one came. */
export type Received = {
  readonly message: Message;
  readonly refusal: Outcome | undefined;
  /** What was kept of a refused object. */
  readonly kept: Buffer | undefined;
};

/** Looks at a message while what was kept of its object is still there. `kept` is copied for a refused one that somebody wants to see. */
export function receive(message: Message, kept: () => Buffer, services: Pick<Services, 'onRefused'>): Received {
  const refusal = message.command.field === commands.cStore ? storeRefusal(message) : undefined;
  const isShown = refusal !== undefined && message.object !== undefined && services.onRefused !== undefined;
  return { message, refusal, kept: isShown ? Buffer.from(kept()) : undefined };
}

/** The outcome of one message of a peer that may do what `mayDo` says. Never rejects. Whatever it is, the memory of the object is free for the next. */
export async function answer(
  received: Received,
  peer: Peer,
  services: Services,
  mayDo: (operation: PeerOperation) => boolean,
): Promise<Outcome> {
  try {
    return await outcomeOf(received, peer, services, mayDo);
  } finally {
    evidenceMemory.giveBack(received.message.object?.dataSet);
  }
}

async function outcomeOf(
  { message, refusal, kept }: Received,
  peer: Peer,
  services: Services,
  mayDo: (operation: PeerOperation) => boolean,
): Promise<Outcome> {
  const operation = operationOfMessage(message.command.field, message.context.abstractSyntax);
  if (operation === undefined) return { status: statuses.unrecognizedOperation };
  if (!mayDo(operation)) return { status: statuses.notAuthorised };
  const { onStore, onRefused, onNormalized, newUid } = services;
  if (operation === 'echo') return answerEcho(peer, services);
  if (operation !== 'store')
    return onNormalized === undefined
      ? { status: statuses.unrecognizedOperation }
      : answerNormalized(message, peer, { onNormalized, newUid });
  if (refusal === undefined) return answerStore(message, peer, onStore);
  return onRefused === undefined || kept === undefined
    ? refusal
    : answerRefused(message, refusal, { peer, header: kept, onRefused });
}

async function answerEcho(peer: Peer, { onEcho }: Services): Promise<Outcome> {
  try {
    await onEcho(peer);
    return { status: statuses.success };
  } catch (error) {
    return { status: statuses.outOfResources, error };
  }
}
