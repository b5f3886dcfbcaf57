import { newPdu, ProtocolViolation, pduTypes, textOf } from './pdu.ts';

/** A-ASSOCIATE-RQ as read (PS3.8 §9.3.2). */
export type AssociateRequest = {
  readonly protocolVersion: number;
  readonly calledAe: string;
  readonly callingAe: string;
  readonly applicationContext: string;
  readonly contexts: readonly ProposedContext[];
  /** Largest P-DATA-TF that the peer takes, 0 for no limit. */
  readonly maximumLength: number;
  readonly implementationClassUid: string;
};
export type ProposedContext = {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
};

/** Result of one presentation context (PS3.8 §9.3.3.2). */
export const contextResults = {
  acceptance: 0,
  userRejection: 1,
  abstractSyntaxNotSupported: 3,
  transferSyntaxesNotSupported: 4,
} as const;
export type AnsweredContext = {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly result: keyof typeof contextResults;
  readonly transferSyntax: string;
};

export const applicationContextName = '1.2.840.10008.3.1.1.1';
/** Root made from a UUID (PS3.5 §B.2), so that nobody else has it. */
const implementationClassUid = '2.25.296218274237899295665471205159342933374';
const implementationVersionName = 'VOORRANG_1';

const items = {
  applicationContext: 0x10,
  proposedContext: 0x20,
  answeredContext: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  userInformation: 0x50,
  maximumLength: 0x51,
  implementationClassUid: 0x52,
  implementationVersionName: 0x55,
} as const;

type Item = { readonly type: number; readonly body: Buffer };

function itemsOf(bytes: Buffer): Item[] {
  const found: Item[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new ProtocolViolation('invalidParameter', 'item cut short');
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) throw new ProtocolViolation('invalidParameter', 'item length');
    found.push({ type: bytes.readUInt8(at), body: bytes.subarray(at + 4, end) });
    at = end;
  }
  return found;
}

/** An AE title is plain characters (PS3.5 §6.2): anything else could reach a log or a database as a control character. */
const titleOf = (bytes: Buffer): string => textOf(bytes).replace(/\p{Cc}/gu, '');
const textIn = (found: readonly Item[], type: number): string => {
  const item = found.find((each) => each.type === type);
  return item === undefined ? '' : textOf(item.body);
};

/** Throws `ProtocolViolation` for lengths that do not fit, for too many contexts, and for context ids that are even, doubled or absent. Unknown items are ignored, as PS3.8 asks. */
export function readAssociateRequest(body: Buffer): AssociateRequest {
  if (body.length < 68) throw new ProtocolViolation('invalidParameter', 'A-ASSOCIATE-RQ length');
  const found = itemsOf(body.subarray(68));
  const proposed = found.filter(({ type }) => type === items.proposedContext);
  // ids are odd numbers of one byte (PS3.8 §9.3.2.2)
  if (proposed.length > 128) throw new ProtocolViolation('invalidParameter', 'more than 128 presentation contexts');
  const contexts = proposed.map(contextOf);
  if (contexts.length === 0) throw new ProtocolViolation('invalidParameter', 'no presentation context');
  if (new Set(contexts.map(({ id }) => id)).size < contexts.length) {
    throw new ProtocolViolation('invalidParameter', 'presentation context ids');
  }
  const userInformation = found.find(({ type }) => type === items.userInformation);
  const user = userInformation === undefined ? [] : itemsOf(userInformation.body);
  const maximum = user.find(({ type }) => type === items.maximumLength);
  if (maximum !== undefined && maximum.body.length !== 4)
    throw new ProtocolViolation('invalidParameter', 'maximum length item');
  return {
    protocolVersion: body.readUInt16BE(0),
    calledAe: titleOf(body.subarray(4, 20)),
    callingAe: titleOf(body.subarray(20, 36)),
    applicationContext: textIn(found, items.applicationContext),
    contexts,
    maximumLength: maximum?.body.readUInt32BE(0) ?? 0,
    implementationClassUid: textIn(user, items.implementationClassUid),
  };
}

function contextOf({ body }: Item): ProposedContext {
  if (body.length < 4 || body.readUInt8(0) % 2 === 0)
    throw new ProtocolViolation('invalidParameter', 'presentation context');
  const parts = itemsOf(body.subarray(4));
  const transferSyntaxes = parts.filter(({ type }) => type === items.transferSyntax).map((part) => textOf(part.body));
  return { id: body.readUInt8(0), abstractSyntax: textIn(parts, items.abstractSyntax), transferSyntaxes };
}

/** Accepts per context the transfer syntax that stands first among those that are taken. */
export function answerContexts(
  contexts: readonly ProposedContext[],
  accepts: {
    readonly abstractSyntax: (uid: string) => 'acceptance' | 'userRejection' | 'abstractSyntaxNotSupported';
    readonly transferSyntax: (uid: string, abstractSyntax: string) => boolean;
  },
): AnsweredContext[] {
  return contexts.map(({ id, abstractSyntax, transferSyntaxes }) => {
    const result = accepts.abstractSyntax(abstractSyntax);
    const taken = (uid: string): boolean => accepts.transferSyntax(uid, abstractSyntax);
    const chosen = result === 'acceptance' ? transferSyntaxes.find(taken) : undefined;
    return {
      id,
      abstractSyntax,
      result: result === 'acceptance' && chosen === undefined ? 'transferSyntaxesNotSupported' : result,
      transferSyntax: chosen ?? transferSyntaxes[0] ?? '',
    };
  });
}

function item(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(4);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const contextHead = (id: number, result: number): Buffer => Buffer.from([id, 0, result, 0]);

export function userInformationItem(maximumLength: number): Buffer {
  const maximum = Buffer.alloc(4);
  maximum.writeUInt32BE(maximumLength);
  return item(
    items.userInformation,
    item(items.maximumLength, maximum),
    item(items.implementationClassUid, ascii(implementationClassUid)),
    item(items.implementationVersionName, ascii(implementationVersionName)),
  );
}

/** A-ASSOCIATE-AC; the bytes of both AE titles are sent back as they came (PS3.8 §9.3.3). */
export function associateAcceptPdu(
  request: Buffer,
  contexts: readonly AnsweredContext[],
  maximumLength: number,
): Buffer {
  const answers = contexts.map(({ id, result, transferSyntax }) =>
    item(
      items.answeredContext,
      contextHead(id, contextResults[result]),
      item(items.transferSyntax, ascii(transferSyntax)),
    ),
  );
  const variable = [
    item(items.applicationContext, ascii(applicationContextName)),
    ...answers,
    userInformationItem(maximumLength),
  ];
  return associatePdu(pduTypes.associateAccept, request.subarray(4, 36), variable);
}

export function associateRequestPdu(
  ae: { readonly called: string; readonly calling: string },
  contexts: readonly ProposedContext[],
  maximumLength: number,
): Buffer {
  const titles = ascii(`${ae.called.padEnd(16).slice(0, 16)}${ae.calling.padEnd(16).slice(0, 16)}`);
  const proposals = contexts.map(({ id, abstractSyntax, transferSyntaxes }) =>
    item(
      items.proposedContext,
      contextHead(id, 0),
      item(items.abstractSyntax, ascii(abstractSyntax)),
      ...transferSyntaxes.map((uid) => item(items.transferSyntax, ascii(uid))),
    ),
  );
  const variable = [
    item(items.applicationContext, ascii(applicationContextName)),
    ...proposals,
    userInformationItem(maximumLength),
  ];
  return associatePdu(pduTypes.associateRequest, titles, variable);
}

function associatePdu(type: number, titles: Buffer, variable: readonly Buffer[]): Buffer {
  const body = Buffer.concat(variable);
  const pdu = newPdu(type, 68 + body.length);
  pdu.writeUInt16BE(1, 6);
  titles.copy(pdu, 10);
  body.copy(pdu, 74);
  return pdu;
}

/** Accepted contexts of an A-ASSOCIATE-AC: id to transfer syntax. */
export function readAssociateAccept(body: Buffer): {
  readonly contexts: ReadonlyMap<number, string>;
  readonly maximumLength: number;
} {
  const found = itemsOf(body.subarray(68));
  const contexts = new Map<number, string>();
  for (const { type, body: context } of found) {
    if (type === items.answeredContext && context.readUInt8(2) === contextResults.acceptance) {
      contexts.set(context.readUInt8(0), textIn(itemsOf(context.subarray(4)), items.transferSyntax));
    }
  }
  const user = found.find(({ type }) => type === items.userInformation);
  const maximum = user && itemsOf(user.body).find(({ type }) => type === items.maximumLength);
  return { contexts, maximumLength: maximum?.body.readUInt32BE(0) ?? 0 };
}

/** Why an association is refused (PS3.8 §9.3.4): result 1 permanent, 2 transient; source 1 user, 2 ACSE, 3 presentation. */
export const rejections = {
  'protocol-version': { result: 1, source: 2, reason: 2 },
  'application-context': { result: 1, source: 1, reason: 2 },
  'calling-ae': { result: 1, source: 1, reason: 3 },
  'called-ae': { result: 1, source: 1, reason: 7 },
  'peer-maximum-length': { result: 1, source: 2, reason: 1 },
  'too-many-associations': { result: 2, source: 3, reason: 2 },
} as const;
export type Rejection = keyof typeof rejections;

export function associateRejectPdu(rejection: Rejection): Buffer {
  const { result, source, reason } = rejections[rejection];
  const pdu = newPdu(pduTypes.associateReject, 4);
  pdu.set([0, result, source, reason], 6);
  return pdu;
}
