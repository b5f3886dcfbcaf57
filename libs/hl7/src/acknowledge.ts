import type { EpochMs } from '@voorrang/kernel';
import { errorSegments } from './error-segment.ts';
import { escapeText } from './escape.ts';
import { type Delimiters, type Hl7Header, releaseOf } from './header.ts';
import { type Hl7Problem, isRejection } from './problem.ts';

/**
 * What became of a message. `accept`: its facts are durable. `refuse`: the content is at fault, sending it again unchanged is useless (AE, CE).
 * `reject`: for a reason outside the content, or a type, version or processing id that is not supported (AR, CR).
 * It can be stored as JSON: the answer to the same message again is made from it anew.
 */
export type Outcome =
  | { readonly kind: 'accept'; readonly warnings?: readonly Hl7Problem[] }
  | { readonly kind: 'refuse'; readonly problems: readonly Hl7Problem[] }
  | { readonly kind: 'reject'; readonly problems: readonly Hl7Problem[] };

/** How one sender wants to be answered. */
export type AcknowledgeStyle = {
  /** `by-message`, the default: enhanced when MSH-15 or MSH-16 is valued. `enhanced` where both are empty: a commit answer always, no application answer. */
  readonly mode?: 'by-message' | 'original' | 'enhanced';
  /** Answers AE where AR is meant and the other way round, CE and CR likewise. */
  readonly swapErrors?: boolean;
};

export type AcknowledgeOptions = AcknowledgeStyle & {
  /** Gives our own control ids (MSH-10, at most 20 characters), never the same twice. */
  readonly nextControlId: () => string;
  readonly at: EpochMs;
};

/** `refuse` or `reject` by the problems themselves: any unsupported type, event, processing id or version rejects. */
export const outcomeOf = (problems: readonly Hl7Problem[]): Exclude<Outcome, { kind: 'accept' }> =>
  problems.some(({ condition }) => isRejection(condition))
    ? { kind: 'reject', problems }
    : { kind: 'refuse', problems };

/**
 * The answers to one message, in the order to send them (HL7 v2.5.1 §2.9): one in original mode, none to two in enhanced mode.
 * Original mode: AA, AE or AR. Enhanced mode: CA, CE or CR where MSH-15 asks for it, then AA where MSH-16 asks for it and the message was taken; where
 * MSH-15 does not ask, MSH-16 alone decides on AA, AE or AR. `null` header (garbage): always AR with an empty MSA-2, since nobody can say whose message of
 * what content it was. Fields are echoed byte for byte with the sender's delimiters; texts and places hold no value of the message.
 * The same arguments give the same bytes but for MSH-7 and MSH-10, which are those of the answer itself.
 */
export function acknowledge(header: Hl7Header | null, outcome: Outcome, options: AcknowledgeOptions): Uint8Array[] {
  const codes = header === null ? ['AR'] : codesFor(header, outcome, options);
  return codes.map((code) => render(header, code, outcome, options));
}

function codesFor(header: Hl7Header, outcome: Outcome, options: AcknowledgeOptions): readonly string[] {
  const { acceptAcknowledgement, applicationAcknowledgement } = header;
  const answer = original(outcome, options);
  if (!isEnhanced(header, options)) return [answer];
  const isForced = acceptAcknowledgement === '' && applicationAcknowledgement === '';
  const taken = outcome.kind === 'accept';
  const commit = isForced || isWanted(acceptAcknowledgement, taken);
  const application = isWanted(applicationAcknowledgement, taken);
  if (!commit) return application ? [answer] : [];
  return application && taken ? ['CA', answer] : [`C${answer.slice(1)}`];
}

function isEnhanced(header: Hl7Header, { mode = 'by-message' }: AcknowledgeStyle): boolean {
  if (mode !== 'by-message') return mode === 'enhanced';
  return header.acceptAcknowledgement !== '' || header.applicationAcknowledgement !== '';
}

/** Table 0155: always, never, on error, on success. An unknown word is read as always: an answer too many does no harm. */
function isWanted(condition: string, taken: boolean): boolean {
  if (condition === '' || condition === 'NE') return false;
  if (condition === 'ER') return !taken;
  return condition === 'SU' ? taken : true;
}

function original(outcome: Outcome, { swapErrors = false }: AcknowledgeStyle): string {
  if (outcome.kind === 'accept') return 'AA';
  return (outcome.kind === 'reject') !== swapErrors ? 'AR' : 'AE';
}

export const standardDelimiters: Delimiters = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
  truncation: '',
};

/** Version of an answer to what has no readable version. */
const ownVersion = '2.5.1';

function render(header: Hl7Header | null, code: string, outcome: Outcome, options: AcknowledgeOptions): Uint8Array {
  const delimiters = header?.delimiters ?? standardDelimiters;
  const raw = (field: number): string => header?.raw(field) ?? '';
  const problems = outcome.kind === 'accept' ? (outcome.warnings ?? []) : outcome.problems;
  const release = releaseOf(header?.version || ownVersion);
  // In enhanced mode our answer says that it wants none itself.
  const wanted = header !== null && isEnhanced(header, options) ? 'NE' : '';
  const msh = [
    'MSH',
    header?.raw(2) ?? '^~\\&',
    ...[raw(5), raw(6), raw(3), raw(4)],
    timestamp(options.at),
    '',
    answerType(header, release).join(delimiters.component),
    options.nextControlId(),
    raw(11) || 'P',
    raw(12) || ownVersion,
    ...['', '', wanted, wanted, ''],
    ...[raw(18), '', raw(20), raw(21)],
  ];
  const msa = ['MSA', code, raw(10), explanation(outcome, problems, release, delimiters)];
  const segments = [msh, msa, ...errorSegments(problems, release, delimiters)];
  const lines = segments.map((fields) => trimEnd(fields).join(delimiters.field));
  return Buffer.from(`${lines.join('\r')}\r`, 'latin1');
}

/** MSH-9: v2.1 knows the type alone, v2.2 added the event, v2.4 the structure of the message (table 0354). */
function answerType(header: Hl7Header | null, release: number): readonly string[] {
  const event = header?.triggerEvent ?? '';
  if (event === '' || release < 2) return ['ACK'];
  return release < 4 ? ['ACK', event] : ['ACK', event, 'ACK'];
}

/** MSA-3, which v2.7 took away. Before v2.5 no ERR can say that it is a warning, so that a warning stands here. */
function explanation(
  outcome: Outcome,
  [first]: readonly Hl7Problem[],
  release: number,
  delimiters: Delimiters,
): string {
  if (first === undefined || release >= 7 || (outcome.kind === 'accept' && release >= 5)) return '';
  return escapeText(first.text, delimiters);
}

export function trimEnd(fields: readonly (string | number)[]): string[] {
  const texts = fields.map(String);
  while (texts.at(-1) === '') texts.pop();
  return texts;
}

export const timestamp = (at: EpochMs): string =>
  `${new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14)}+0000`;
