import {
  type AnsweredContext,
  type AssociateRequest,
  answerContexts,
  applicationContextName,
  type Rejection,
} from './association.ts';
import type { AcceptedContext } from './message-assembler.ts';
import { operationOfClass, type PeerOperation } from './operations.ts';
import type { PeerDecision, PeerRefusal } from './peer-rules.ts';
import { encodingOf, explicitLittleEndian, implicitLittleEndian } from './transfer-syntax.ts';

export type RejectionReason = PeerRefusal | 'protocol' | 'too-many-associations' | 'too-many-of-peer';

export type Negotiated =
  | { readonly kind: 'reject'; readonly rejection: Rejection; readonly reason: RejectionReason }
  | {
      readonly kind: 'accept';
      readonly answers: readonly AnsweredContext[];
      readonly accepted: ReadonlyMap<number, AcceptedContext>;
    };

export type Surroundings = {
  /** What is served at all. */
  readonly served: readonly PeerOperation[];
  /** Associations that are open now, of all and of this calling AE title, and how many may be. */
  readonly open: number;
  readonly openOfPeer: number;
  readonly limit: number;
};

/** PS3.8 §9.3.4: who is not who it says it is is not recognised by its title. */
const rejectionOf: Readonly<Record<PeerRefusal, Rejection>> = {
  'unknown-calling-ae': 'calling-ae',
  address: 'calling-ae',
  certificate: 'calling-ae',
  plaintext: 'calling-ae',
  'called-ae': 'called-ae',
};

/** Whether an association is accepted, and which of its presentation contexts. */
export function negotiate(request: AssociateRequest, decision: PeerDecision, surroundings: Surroundings): Negotiated {
  const wrong = protocolRejection(request);
  if (wrong !== undefined) return { kind: 'reject', rejection: wrong, reason: 'protocol' };
  if (decision.kind === 'refuse')
    return { kind: 'reject', rejection: rejectionOf[decision.reason], reason: decision.reason };
  const full = { kind: 'reject', rejection: 'too-many-associations' } as const;
  if (surroundings.openOfPeer >= decision.associations) return { ...full, reason: 'too-many-of-peer' };
  if (surroundings.open >= surroundings.limit) return { ...full, reason: 'too-many-associations' };
  return { kind: 'accept', ...contextsFor(request, surroundings.served, decision.operations) };
}

function protocolRejection({ protocolVersion, applicationContext, maximumLength }: AssociateRequest) {
  if ((protocolVersion & 1) === 0) return 'protocol-version';
  if (applicationContext !== applicationContextName) return 'application-context';
  // shorter than the head of a presentation data value: no answer would fit
  return maximumLength > 0 && maximumLength < 8 ? 'peer-maximum-length' : undefined;
}

function contextsFor(
  { contexts }: AssociateRequest,
  served: readonly PeerOperation[],
  allowed: readonly PeerOperation[],
): { answers: AnsweredContext[]; accepted: Map<number, AcceptedContext> } {
  const answers = answerContexts(contexts, {
    abstractSyntax: (uid) => {
      const operation = operationOfClass(uid);
      if (operation === undefined || !served.includes(operation)) return 'abstractSyntaxNotSupported';
      return allowed.includes(operation) ? 'acceptance' : 'userRejection';
    },
    transferSyntax: isTransferSyntaxTaken,
  });
  const accepted = new Map<number, AcceptedContext>();
  for (const { id, result, abstractSyntax, transferSyntax } of answers) {
    const encoding = encodingOf(transferSyntax);
    if (result === 'acceptance' && encoding !== undefined)
      accepted.set(id, { abstractSyntax, transferSyntax, encoding });
  }
  return { answers, accepted };
}

const uncompressed = [implicitLittleEndian, explicitLittleEndian];
/** Objects come in any syntax whose header can be read; what has no pixels has no reason to come compressed. */
const isTransferSyntaxTaken = (uid: string, abstractSyntax: string): boolean =>
  operationOfClass(abstractSyntax) === 'store' ? encodingOf(uid) !== undefined : uncompressed.includes(uid);
