import type { EpochMs } from '@voorrang/kernel';
import { escapeText } from './escape.ts';
import type { Delimiters, Hl7Header } from './header.ts';
import { errorConditions, type Hl7Problem, isRejection } from './problem.ts';

/**
 * What became of a message. `accept`: its facts are durable. `refuse`: the content is at fault, sending it again unchanged is useless (AE, CE).
 * `reject`: for a reason outside the content, or a type, version or processing id that is not supported (AR, CR).
 */
export type Outcome =
  | { readonly kind: 'accept'; readonly warnings?: readonly Hl7Problem[] }
  | { readonly kind: 'refuse'; readonly problems: readonly Hl7Problem[] }
  | { readonly kind: 'reject'; readonly problems: readonly Hl7Problem[] };

export type AcknowledgeOptions = {
  /** Gives our own control ids (MSH-10, at most 20 characters), never the same twice. */
  readonly nextControlId: () => string;
  readonly at: EpochMs;
  /** Setting of the sender: answers AE where AR is meant and the other way round. */
  readonly swapErrorAndReject?: boolean;
};

/** `refuse` or `reject` by the problems themselves: any unsupported type, event, processing id or version rejects. */
export const outcomeOf = (problems: readonly Hl7Problem[]): Exclude<Outcome, { kind: 'accept' }> =>
  problems.some(({ condition }) => isRejection(condition))
    ? { kind: 'reject', problems }
    : { kind: 'refuse', problems };

/**
 * The answers to one message, in the order to send them (HL7 v2.5.1 §2.9): one in original mode, none to two in enhanced mode.
 * Original mode (MSH-15 and MSH-16 empty): AA, AE or AR. Enhanced mode: CA, CE or CR where MSH-15 asks for it, then AA where MSH-16 asks for it and
 * the message was taken; where MSH-15 does not ask, MSH-16 alone decides on AA, AE or AR. `null` header (garbage): always AR with an empty MSA-2,
 * since nobody can say whose message of what content it was.
 * Fields are echoed byte for byte with the sender's delimiters. An ERR segment per problem gives place, table 0357 condition and a text without values.
 */
export function acknowledge(header: Hl7Header | null, outcome: Outcome, options: AcknowledgeOptions): Uint8Array[] {
  const codes = header === null ? ['AR'] : codesFor(header, outcome, options);
  return codes.map((code) => render(header, code, outcome, options));
}

function codesFor(header: Hl7Header, outcome: Outcome, options: AcknowledgeOptions): readonly string[] {
  const { acceptAcknowledgement, applicationAcknowledgement } = header;
  if (acceptAcknowledgement === '' && applicationAcknowledgement === '') return [original(outcome, options)];
  const taken = outcome.kind === 'accept';
  const commit = isWanted(acceptAcknowledgement, taken);
  const application = isWanted(applicationAcknowledgement, taken);
  const answer = original(outcome, options);
  if (!commit) return application ? [answer] : [];
  return application && taken ? ['CA', answer] : [`C${answer.slice(1)}`];
}

/** Table 0155: always, never, on error, on success. An unknown word is read as always: an answer too many does no harm. */
function isWanted(condition: string, taken: boolean): boolean {
  if (condition === '' || condition === 'NE') return false;
  if (condition === 'ER') return !taken;
  return condition === 'SU' ? taken : true;
}

function original(outcome: Outcome, { swapErrorAndReject = false }: AcknowledgeOptions): string {
  if (outcome.kind === 'accept') return 'AA';
  return (outcome.kind === 'reject') !== swapErrorAndReject ? 'AR' : 'AE';
}

const standard: Delimiters = { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' };

function render(header: Hl7Header | null, code: string, outcome: Outcome, options: AcknowledgeOptions): Uint8Array {
  const delimiters = header?.delimiters ?? standard;
  const raw = (field: number): string => header?.raw(field) ?? '';
  const problems = outcome.kind === 'accept' ? (outcome.warnings ?? []) : outcome.problems;
  const version = raw(12) || '2.5.1';
  const event = header?.triggerEvent ?? '';
  const type = event === '' ? ['ACK'] : ['ACK', event, 'ACK'];
  // In enhanced mode our answer says that it wants none itself.
  const mode = raw(15) === '' && raw(16) === '' ? [] : ['NE', 'NE'];
  const msh = [
    'MSH',
    header?.raw(2) ?? '^~\\&',
    ...[raw(5), raw(6), raw(3), raw(4)],
    timestamp(options.at),
    '',
    type.join(delimiters.component),
    options.nextControlId(),
    raw(11) || 'P',
    version,
    '',
    '',
    ...(mode.length === 0 ? ['', ''] : mode),
    '',
    raw(18),
  ];
  const text = outcome.kind === 'accept' ? '' : escapeText(problems[0]?.text ?? '', delimiters);
  const segments = [
    msh,
    ['MSA', code, raw(10), text],
    ...problems.map((one) => errorSegment(one, version, delimiters)),
  ];
  const lines = segments.map((fields) => trimEnd(fields).join(delimiters.field));
  return Buffer.from(`${lines.join('\r')}\r`, 'latin1');
}

/** ERR as of v2.5 (ERR-2 location, ERR-3 condition, ERR-4 severity, ERR-8 text); before that all of it in ERR-1. */
function errorSegment(one: Hl7Problem, version: string, delimiters: Delimiters): string[] {
  const { segment = '', occurrence = '', field = '', component = '' } = one.location ?? {};
  const name = errorConditions[one.condition];
  if (/^2\.[1-4](\.|$)/.test(version)) {
    const coded = [one.condition, name].join(delimiters.subcomponent || ' ');
    return ['ERR', [segment, occurrence, field, coded].join(delimiters.component)];
  }
  const place =
    one.location === null ? '' : trimEnd([segment, occurrence, field, component === '' ? '' : 1, component]);
  const location = Array.isArray(place) ? place.join(delimiters.component) : place;
  const coded = [one.condition, name, 'HL70357'].join(delimiters.component);
  const severity = one.severity === 'error' ? 'E' : 'W';
  return ['ERR', '', location, coded, severity, '', '', '', escapeText(one.text, delimiters)];
}

function trimEnd(fields: readonly (string | number)[]): string[] {
  const texts = fields.map(String);
  while (texts.at(-1) === '') texts.pop();
  return texts;
}

const timestamp = (at: EpochMs): string => `${new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14)}+0000`;
