import { expect, test } from '@jest/globals';
import { Hl7Message as OracleMessage, type Hl7Segment as OracleSegment } from '@medplum/core';
import { fixtureNames } from '@voorrang/testing';
import { splitBatch } from '../src/batch.ts';
import { readHeader } from '../src/header.ts';
import type { Hl7Segment } from '../src/message.ts';
import { decodeMessage, parseMessage } from '../src/parse-message.ts';
import { fixture } from './helpers.ts';

/** Why we and the oracle say something else, and who is right. Any other difference fails. */
type Difference =
  /** The oracle leaves escape sequences as they were sent. */
  | 'escape'
  /** The explicit null `""` reads as nothing here; mapping decides what that means. */
  | 'null'
  /** MSH-2 is one text and not a field with components and repetitions. */
  | 'encoding characters'
  /** A lone LF inside a field of a message whose segments end with CR is text; the oracle begins a segment there. */
  | 'line feed in text'
  /** What begins with BHS or FHS is a batch; the oracle knows messages only. */
  | 'batch'
  /** Several messages in one block are refused, since only one would be answered; the oracle takes them for one. */
  | 'several messages'
  /** A line without a segment name is refused; the oracle takes it for a segment. */
  | 'no segment name'
  /** MSH without what comes after its delimiters is refused; the oracle takes it. */
  | 'no usable MSH'
  /** The oracle takes the doubled backslash of `^~\\\\&` for the sub-component separator, so it is given the mended text. */
  | 'doubled backslash'
  /** Both refuse. */
  | 'refused by both';

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Places compared, and how many of them differ for which reason. `unexplained` names the first places. */
type Told = { compared: number; because: Partial<Record<Difference, number>>; unexplained: string[] };

function compare(path: string): Told {
  const told: Told = { compared: 0, because: {}, unexplained: [] };
  const bytes = fixture(path);
  const batch = splitBatch(bytes);
  if (batch === null) compareMessage(path, bytes, told);
  else {
    count(told, 'batch');
    for (const [index, message] of batch.messages.entries()) compareMessage(`${path}#${index}`, message.bytes, told);
  }
  return told;
}

const count = (told: Told, why: Difference): void => {
  told.because[why] = (told.because[why] ?? 0) + 1;
};

function compareMessage(path: string, bytes: Uint8Array, told: Told): void {
  const decoded = decodeMessage(bytes, readHeader(bytes), '8859/1').text;
  const text = decoded.replace('MSH|^~\\\\&|', 'MSH|^~\\&|');
  if (text !== decoded) count(told, 'doubled backslash');
  const parsed = parseMessage(bytes, { defaultCharset: '8859/1' });
  let oracle: OracleMessage;
  try {
    oracle = OracleMessage.parse(text.replace(/^[\r\n ]+/, ''));
  } catch {
    if (parsed.ok) told.unexplained.push(`${path}: refused by the oracle alone`);
    else count(told, 'refused by both');
    return;
  }
  if (!parsed.ok) {
    const { text: why } = parsed.error.problem;
    if (why.startsWith('a second MSH')) count(told, 'several messages');
    else if (why.includes('segment name')) count(told, 'no segment name');
    else if (why.includes('usable MSH')) count(told, 'no usable MSH');
    else told.unexplained.push(`${path}: refused by us alone: ${why}`);
    return;
  }
  const { segments } = parsed.value;
  const theirs = oracle.segments.filter((segment) => segment.name.trim() !== '');
  if (theirs.length !== segments.length) {
    count(told, 'line feed in text');
    if (!segments.some((segment) => segment.wholeField(5).includes('\n'))) told.unexplained.push(`${path}: segments`);
    return;
  }
  const mark = parsed.value.header.delimiters.escape;
  for (const [index, ours] of segments.entries()) compareSegment(path, mark, ours, theirs[index], told);
}

function compareSegment(
  path: string,
  mark: string,
  ours: Hl7Segment,
  theirs: OracleSegment | undefined,
  told: Told,
): void {
  if (theirs === undefined) return;
  if (ours.name !== theirs.name) told.unexplained.push(`${path}: ${ours.name} is ${theirs.name}`);
  const last = Math.max(theirs.fields.length + 1, 3);
  for (const field of range(1, last)) {
    if (ours.name === 'MSH' && field === 2) {
      count(told, 'encoding characters');
      continue;
    }
    const repetitions = theirs.getField(field)?.components ?? [];
    if (ours.repetitionCount(field) !== repetitions.length && ours.raw(field) !== '') {
      told.unexplained.push(`${path} ${ours.name}-${field}: repetitions`);
    }
    for (const [repetition, components] of repetitions.entries()) {
      for (const component of range(1, components.length + 1)) {
        const parts = (components[component - 1] ?? []).length;
        for (const part of range(1, parts + 1)) {
          const mine = ours.text(field, component, part, repetition);
          const other = theirs.getComponent(field, component, part - 1, repetition) ?? '';
          told.compared += 1;
          if (mine === other) continue;
          if (other === '""' && mine === '') count(told, 'null');
          else if (mark !== '' && other.includes(mark)) count(told, 'escape');
          else told.unexplained.push(`${path} ${ours.name}-${field}(${repetition + 1}).${component}.${part}`);
        }
      }
    }
  }
}

test('@medplum/core reads every published message as we do, or the difference is one of a known kind', () => {
  const differences: Record<string, Told['because']> = {};
  let compared = 0;
  const unexplained: string[] = [];
  for (const path of fixtureNames('hl7').map((name) => name.replace(/^hl7\//, ''))) {
    const told = compare(path);
    compared += told.compared;
    unexplained.push(...told.unexplained);
    const { 'encoding characters': _, ...because } = told.because;
    if (Object.keys(because).length > 0) differences[path] = because;
  }
  expect(unexplained).toEqual([]);
  expect(compared).toBeGreaterThan(10_000);
  expect(differences).toEqual(known);
});

/** Files in which something differs, and how often. */
const known: Readonly<Record<string, Told['because']>> = {
  'bad/cosyte-empty-input.hl7': { 'refused by both': 1 },
  'bad/cosyte-msh-too-short.hl7': { 'no usable MSH': 1 },
  'bad/cosyte-no-msh-segment.hl7': { 'refused by both': 1 },
  'bad/rethink-invalid-missing-msh.hl7': { 'refused by both': 1 },
  'bad/rethink-invalid-segment-header-length.hl7': { 'no segment name': 1 },
  'cdc/batch.hl7': { batch: 1 },
  'cdc/mars.hl7': { 'several messages': 1 },
  'cosyte/batch-single.hl7': { batch: 1 },
  'cosyte/edge-embedded-delimiters.hl7': { escape: 5 },
  'cosyte/edge-escape-formatting.hl7': { escape: 1 },
  'cosyte/edge-null-fields.hl7': { null: 3 },
  'cosyte/stream-mixed-terminators.hl7': { 'several messages': 1 },
  'dcm4che/ORU_R01-PDF.hl7': { 'line feed in text': 1 },
  'dcm4che/SIU_S12-NewAppointmentBooking.hl7': { escape: 1 },
  'epic-radiology/Example2-obx-only.txt': { 'refused by both': 1 },
  'epic-radiology/OrderPlaced.hl7': { 'no segment name': 1 },
  'hapi/messages18.hl7': { 'refused by both': 1 },
  'linuxforhealth/sample_unix.hl7': { 'doubled backslash': 1 },
  'linuxforhealth/sample_win.hl7': { 'doubled backslash': 1 },
  'mirth/adt-som-markers.hl7': { 'refused by both': 1 },
  'mirth/siu-batch01.hl7': { 'several messages': 1 },
  'ms-fhir-converter/ADT-A01-02.hl7': { escape: 1 },
  'ms-fhir-converter/ADT-A03-02.hl7': { escape: 1 },
  'ms-fhir-converter/ADT-A08-01.hl7': { escape: 1 },
  'ms-fhir-converter/ADT-A11-02.hl7': { escape: 1 },
  'ms-fhir-converter/ADT-A13-02.hl7': { escape: 1 },
  'ms-fhir-converter/OMG-O19-01.hl7': { escape: 2 },
  'ms-fhir-converter/ORU-R01-01.hl7': { escape: 2 },
  'ms-fhir-converter/OUL-R22-01.hl7': { escape: 1 },
  'python-hl7/sample_bad_batch.hl7': { batch: 1 },
  'python-hl7/sample_batch1.hl7': { batch: 1 },
  'python-hl7/sample_file1.hl7': { batch: 1 },
  'rethink/edge-escaped-delimiters.hl7': { escape: 3 },
};
