import { connect, type Socket } from 'node:net';
import { associateRequestPdu, readAssociateAccept } from './association.ts';
import { type CommandSet, commands, dataPdus, readCommandSet, requestCommandSet } from './command-set.ts';
import { newPdu, pduTypes } from './pdu.ts';
import { type Fragment, PduReader } from './pdu-reader.ts';
import { verificationSopClass } from './sop-classes.ts';
import { explicitLittleEndian } from './transfer-syntax.ts';

/** A composite object to send: a data set without file meta information, in the transfer syntax it is proposed with. */
export type ObjectToSend = {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntax: string;
  readonly dataSet: Uint8Array;
};

export type DicomTarget = {
  readonly host: string;
  readonly port: number;
  readonly calledAe: string;
  readonly callingAe: string;
};

const ownMaximumLength = 131_072;

/**
 * Sends objects over one association, one after the other, and gives the C-STORE statuses in their order; a C-ECHO when there are none.
 * Small on purpose: for demonstrations and tests. Rejects when the association is refused or ends early.
 */
export async function sendObjects(target: DicomTarget, objects: readonly ObjectToSend[]): Promise<number[]> {
  const kinds = new Map(
    objects.map(({ sopClassUid, transferSyntax }) => [
      `${sopClassUid} ${transferSyntax}`,
      { sopClassUid, transferSyntax },
    ]),
  );
  if (kinds.size > 127) throw new RangeError('more than 127 presentation contexts');
  const proposals = [
    { id: 1, abstractSyntax: verificationSopClass, transferSyntaxes: [explicitLittleEndian] },
    ...[...kinds.values()].map(({ sopClassUid, transferSyntax }, index) => ({
      id: index * 2 + 3,
      abstractSyntax: sopClassUid,
      transferSyntaxes: [transferSyntax],
    })),
  ];
  const link = new Link(connect({ host: target.host, port: target.port, noDelay: true }));
  try {
    link.write(
      associateRequestPdu({ called: target.calledAe, calling: target.callingAe }, proposals, ownMaximumLength),
    );
    const answer = await link.pduOf(pduTypes.associateAccept);
    const { contexts, maximumLength } = readAssociateAccept(answer);
    const statuses: number[] = [];
    for (const [index, object] of objects.entries()) {
      const proposal = proposals.find(
        ({ abstractSyntax, transferSyntaxes }) =>
          abstractSyntax === object.sopClassUid && transferSyntaxes[0] === object.transferSyntax,
      );
      if (proposal === undefined || !contexts.has(proposal.id))
        throw new Error(`SOP class ${object.sopClassUid} is not accepted`);
      link.write(storeRequest(proposal.id, index + 1, object, maximumLength));
      statuses.push((await link.command()).status);
    }
    if (objects.length === 0) {
      link.write(dataPdus(1, 'command', echoRequest, maximumLength));
      statuses.push((await link.command()).status);
    }
    link.write(newPdu(pduTypes.releaseRequest, 4));
    await link.pduOf(pduTypes.releaseResponse);
    return statuses;
  } finally {
    link.end();
  }
}

const echoRequest = requestCommandSet({
  field: commands.cEcho,
  messageId: 1,
  affectedSopClassUid: verificationSopClass,
  affectedSopInstanceUid: '',
  hasDataSet: false,
});

/** C-STORE-RQ with its data set as P-DATA-TF PDUs. */
export function storeRequest(
  contextId: number,
  messageId: number,
  object: ObjectToSend,
  maximumLength: number,
): Buffer {
  const { sopClassUid, sopInstanceUid, dataSet } = object;
  const command = requestCommandSet({
    field: commands.cStore,
    messageId,
    affectedSopClassUid: sopClassUid,
    affectedSopInstanceUid: sopInstanceUid,
    hasDataSet: true,
  });
  return Buffer.concat([
    dataPdus(contextId, 'command', command, maximumLength),
    dataPdus(
      contextId,
      'data-set',
      Buffer.from(dataSet.buffer, dataSet.byteOffset, dataSet.byteLength),
      maximumLength || ownMaximumLength,
    ),
  ]);
}

type Arrived = { readonly type: number; readonly body: Buffer };

/** PDUs of the peer in the order they came. */
class Link {
  readonly #socket: Socket;
  readonly #arrived: Arrived[] = [];
  #command: Buffer[] = [];
  #waiting: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new PduReader({
      done: false,
      announced: (_type, length) => {
        if (length > ownMaximumLength) throw new Error('PDU too long');
      },
      pdu: (type, body) => this.#push({ type, body }),
      fragment: ({ last }: Fragment, bytes, start, end) => {
        this.#command.push(Buffer.from(bytes.subarray(start, end)));
        if (!last) return;
        this.#push({ type: pduTypes.data, body: Buffer.concat(this.#command) });
        this.#command = [];
      },
    });
    socket.on('data', (chunk: Buffer) => reader.feed(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.destroySoon();
  }

  async command(): Promise<CommandSet> {
    return readCommandSet(await this.pduOf(pduTypes.data));
  }

  async pduOf(type: number): Promise<Buffer> {
    while (this.#arrived.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    const next = this.#arrived.shift();
    if (next?.type !== type) throw new Error(`PDU of type ${next?.type} where ${type} is due`);
    return next.body;
  }

  #push(arrived: Arrived): void {
    this.#arrived.push(arrived);
    this.#waiting?.();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#waiting?.();
  }
}
