import { describe, expect, test } from '@jest/globals';
import type { QuarantineItem } from '@voorrang/contracts';
import { en } from '../../shared/labels/en.ts';
import { markedSegments, problemText, quarantineLine } from './view-model.ts';

const message = ['MSH|^~\\&|RIS|HOSP', 'PID|1||42', 'ORC|NW|P1', 'OBR|1|P1|F1', 'ORC|NW|P2', 'OBR|2||'].join('\n');
const problem = (location: string, condition = '101') => ({ location, condition, text: 'required field missing' });
/** Segments that are marked, with what of them is. */
const marks = (...locations: string[]): string[] =>
  markedSegments(
    message,
    locations.map((location) => problem(location)),
  ).flatMap(({ parts, key }) => parts.filter(({ marked }) => marked).map(({ text }) => `${key}: ${text}`));

describe('what is wrong in a message', () => {
  test('is marked in its field, of the right occurrence', () => {
    expect(marks('OBR-2')).toEqual(['3 OBR: |P1']);
    expect(marks('ORC[2]-2.1', 'PID-3')).toEqual(['1 PID: |42', '4 ORC: |P2']);
    expect(marks('MSH-3')).toEqual(['0 MSH: |RIS']);
  });
  test('marks the whole segment where the field is not there', () => {
    expect(marks('OBR[2]-3')).toEqual(['5 OBR: OBR|2||']);
    expect(marks('PID-18')).toEqual(['1 PID: PID|1||42']);
    expect(marks('PID')).toEqual(['1 PID: PID|1||42']);
  });
  test('marks nothing without a place', () => {
    expect(marks('message', '', 'ZZZ-1')).toEqual([]);
  });
  test('never changes the text, whatever its separators', () => {
    const odd = 'MSH#^~\\&#A#B\nPID#1##42';
    for (const [content, location] of [
      [message, 'OBR-2'],
      [odd, 'PID-3'],
      ['', 'PID-3'],
    ] as const)
      expect(
        markedSegments(content, [problem(location)])
          .map(({ parts }) => parts.map(({ text }) => text).join(''))
          .join('\n'),
      ).toBe(content);
    expect(markedSegments(odd, [problem('PID-3')])[1]?.parts.find(({ marked }) => marked)?.text).toBe('#42');
  });
});

test('a line says who sent what, how it was answered and why', () => {
  const now = new Date(2026, 10, 23, 21, 28).getTime();
  const item: QuarantineItem = {
    id: 'Q',
    kind: 'hl7',
    state: 'open',
    receivedAt: now,
    lastAt: now,
    site: 'EX',
    sender: '|',
    address: '127.0.0.1',
    messageType: 'ORM^O01',
    controlId: 'C1',
    code: 'AE',
    problems: [problem('OBR-3'), problem('message')],
    bytes: 9,
    count: 2,
    resolvedAt: null,
    resolvedBy: null,
  };
  expect(quarantineLine(item, en, now)).toEqual({
    id: 'Q',
    at: '21:28:00',
    sender: 'unnamed',
    type: 'HL7 ORM^O01',
    answer: 'AE',
    problem: 'OBR-3: required field missing; required field missing',
    count: 2,
  });
  expect(problemText(problem('PID-3.4'))).toBe('PID-3.4: required field missing');
});
