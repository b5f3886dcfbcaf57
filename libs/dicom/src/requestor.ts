import { VoorrangError } from '@voorrang/kernel';
import { associateRequestPdu, readAssociateAccept } from './association.ts';
import { cancelCommandSet, commands, dataPdus, requestCommandSet, statuses } from './command-set.ts';
import { abortPdu, newPdu, pduTypes } from './pdu.ts';
import { type Arrived, type LinkOptions, ownMaximumLength, RequestorLink } from './requestor-link.ts';

export type DicomTarget = LinkOptions & { readonly calledAe: string; readonly callingAe: string };

/** One presentation context to ask for. */
export type Proposal = { readonly abstractSyntax: string; readonly transferSyntaxes: readonly string[] };

export type DimseRequest = {
  readonly operation: 'C-ECHO' | 'C-STORE' | 'C-FIND' | 'N-CREATE' | 'N-SET';
  readonly sopClassUid: string;
  readonly sopInstanceUid?: string;
  /** In the transfer syntax that `transferSyntaxOf` gives for the class. */
  readonly dataSet?: Uint8Array;
  /** Where the class was accepted in several contexts: the one of this syntax. */
  readonly transferSyntax?: string;
};

export type DimseResponse = {
  readonly status: number;
  /** Affected SOP instance; '' when the peer names none. */
  readonly sopInstanceUid: string;
  readonly dataSet: Buffer | null;
};

/** An association that we asked for. One request at a time. */
export interface RequestorAssociation {
  /** The transfer syntax accepted for a SOP class, `undefined` when the peer refused it. */
  transferSyntaxOf(abstractSyntax: string): string | undefined;
  /**
   * Sends one request and gives its responses until the last; who stops reading earlier cancels it (C-CANCEL). Throws `VRG_DICOM_PEER_REFUSED` when the
   * class was not accepted, `VRG_DICOM_PEER_UNAVAILABLE` when the association ends.
   */
  request(request: DimseRequest): AsyncGenerator<DimseResponse, void, undefined>;
  /** The last response of a request that has only one. */
  ask(request: DimseRequest): Promise<DimseResponse>;
  /** A-RELEASE; never rejects, for nothing is lost when the peer goes without an answer. */
  release(): Promise<void>;
  abort(): void;
}

type Context = { readonly id: number; readonly abstractSyntax: string; readonly transferSyntax: string };

const fields: Readonly<Record<DimseRequest['operation'], number>> = {
  'C-ECHO': commands.cEcho,
  'C-STORE': commands.cStore,
  'C-FIND': commands.cFind,
  'N-CREATE': commands.nCreate,
  'N-SET': commands.nSet,
};

/** Opens an association. Throws `VRG_DICOM_PEER_REFUSED` when it is rejected for good, `VRG_DICOM_PEER_UNAVAILABLE` when it may work later. */
export async function openAssociation(
  target: DicomTarget,
  proposals: readonly Proposal[],
): Promise<RequestorAssociation> {
  if (proposals.length > 128) throw new RangeError('more than 128 presentation contexts');
  const link = new RequestorLink(target);
  try {
    const proposed = proposals.map((proposal, index) => ({ id: index * 2 + 1, ...proposal }));
    const titles = { called: target.calledAe, calling: target.callingAe };
    link.write(associateRequestPdu(titles, proposed, ownMaximumLength));
    const { contexts, maximumLength } = readAssociateAccept(acceptOf(await link.next()));
    const accepted = proposed.flatMap(({ id, abstractSyntax }) => {
      const transferSyntax = contexts.get(id);
      return transferSyntax === undefined ? [] : [{ id, abstractSyntax, transferSyntax }];
    });
    return new Association(link, accepted, maximumLength);
  } catch (error) {
    link.end();
    throw error;
  }
}

function acceptOf(arrived: Arrived): Buffer {
  if (arrived.kind === 'pdu' && arrived.type === pduTypes.associateAccept) return arrived.body;
  if (arrived.kind === 'pdu' && arrived.type === pduTypes.associateReject && arrived.body.length === 4) {
    const [, result, source, reason] = arrived.body;
    const code = result === 2 ? 'VRG_DICOM_PEER_UNAVAILABLE' : 'VRG_DICOM_PEER_REFUSED';
    throw new VoorrangError(code, 'the association was rejected', { details: { result, source, reason } });
  }
  throw outOfTurn();
}

const outOfTurn = (): VoorrangError =>
  new VoorrangError('VRG_DICOM_PEER_UNAVAILABLE', 'the peer sent what was not asked for');

class Association implements RequestorAssociation {
  readonly #link: RequestorLink;
  readonly #contexts: readonly Context[];
  readonly #peerMaximum: number;
  #messageId = 0;

  constructor(link: RequestorLink, contexts: readonly Context[], peerMaximum: number) {
    this.#link = link;
    this.#contexts = contexts;
    this.#peerMaximum = peerMaximum;
  }

  transferSyntaxOf(abstractSyntax: string): string | undefined {
    return this.#contexts.find((context) => context.abstractSyntax === abstractSyntax)?.transferSyntax;
  }

  async *request(request: DimseRequest): AsyncGenerator<DimseResponse, void, undefined> {
    const { id } = this.#contextOf(request);
    this.#messageId = (this.#messageId % 0xffff) + 1;
    this.#send(id, request);
    let isOver = false;
    try {
      while (!isOver) {
        const response = await this.#response();
        isOver = response.status !== statuses.pending && response.status !== statuses.pendingWithWarning;
        yield response;
      }
    } finally {
      if (!isOver) await this.#cancel(id);
    }
  }

  async ask(request: DimseRequest): Promise<DimseResponse> {
    let last: DimseResponse | undefined;
    for await (const response of this.request(request)) last = response;
    if (last === undefined) throw outOfTurn();
    return last;
  }

  async release(): Promise<void> {
    this.#link.write(newPdu(pduTypes.releaseRequest, 4));
    await this.#link.next().catch(() => undefined);
    this.#link.end();
  }

  abort(): void {
    this.#link.write(abortPdu({ source: 'user', reason: 'notSpecified', what: '' }));
    this.#link.end();
  }

  #contextOf({ sopClassUid, transferSyntax }: DimseRequest): Context {
    const found = this.#contexts.find(
      (context) =>
        context.abstractSyntax === sopClassUid &&
        (transferSyntax === undefined || transferSyntax === context.transferSyntax),
    );
    if (found !== undefined) return found;
    throw new VoorrangError('VRG_DICOM_PEER_REFUSED', undefined, { details: { sopClassUid, transferSyntax } });
  }

  #send(contextId: number, { operation, sopClassUid, sopInstanceUid = '', dataSet }: DimseRequest): void {
    const messageId = this.#messageId;
    const hasDataSet = dataSet !== undefined;
    const command = requestCommandSet({ field: fields[operation], messageId, hasDataSet, sopClassUid, sopInstanceUid });
    this.#link.write(dataPdus(contextId, 'command', command, this.#peerMaximum));
    if (dataSet === undefined) return;
    const bytes = Buffer.from(dataSet.buffer, dataSet.byteOffset, dataSet.byteLength);
    this.#link.write(dataPdus(contextId, 'data-set', bytes, this.#peerMaximum || ownMaximumLength));
  }

  async #response(): Promise<DimseResponse> {
    const arrived = await this.#link.next();
    if (arrived.kind !== 'message' || arrived.command.respondedTo !== this.#messageId) throw outOfTurn();
    return {
      status: arrived.command.status,
      sopInstanceUid: arrived.command.sopInstanceUid,
      dataSet: arrived.dataSet,
    };
  }

  /** Reads on until the peer has noticed. */
  async #cancel(contextId: number): Promise<void> {
    this.#link.write(dataPdus(contextId, 'command', cancelCommandSet(this.#messageId), this.#peerMaximum));
    try {
      for (
        let status: number = statuses.pending;
        status === statuses.pending || status === statuses.pendingWithWarning;
      )
        ({ status } = await this.#response());
    } catch {
      this.abort();
    }
  }
}
