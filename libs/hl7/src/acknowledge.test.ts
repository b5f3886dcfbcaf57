import { describe, expect, test } from '@jest/globals';
import { bytesOf, parsed } from '../test/helpers.ts';
import { acknowledge, type Outcome, outcomeOf } from './acknowledge.ts';
import { readHeader } from './header.ts';
import { problem } from './problem.ts';

const options = { nextControlId: () => 'OWN-1', at: Date.UTC(2026, 10, 23, 20, 15, 30) };
const accept: Outcome = { kind: 'accept' };
const refuse = outcomeOf([problem(101, { segment: 'PID', occurrence: 1, field: 3 }, 'a usable patient id is needed')]);
const reject: Outcome = { kind: 'reject', problems: [problem(207, null, 'the spool is full')] };

const message = (mode = '', version = '2.5.1'): Uint8Array =>
  bytesOf(`MSH|^~\\&|RIS|HOSP|VOORRANG|EX|20261123||ADT^A08^ADT_A01|CTL 7|P|${version}|||${mode}`);
const answers = (bytes: Uint8Array, outcome: Outcome, more = {}): string[][] =>
  acknowledge(readHeader(bytes), outcome, { ...options, ...more }).map((answer) =>
    Buffer.from(answer).toString('latin1').split('\r').slice(0, -1),
  );

describe('original mode', () => {
  test('an accepted message is answered AA with its control id, our own, and both names turned round', () => {
    expect(answers(message(), accept)).toEqual([
      ['MSH|^~\\&|VOORRANG|EX|RIS|HOSP|20261123201530+0000||ACK^A08^ACK|OWN-1|P|2.5.1', 'MSA|AA|CTL 7'],
    ]);
  });

  test('a message at fault is answered AE with place, condition and text', () => {
    expect(answers(message(), refuse)[0]?.slice(1)).toEqual([
      'MSA|AE|CTL 7|a usable patient id is needed',
      'ERR||PID^1^3|101^Required field missing^HL70357|E||||a usable patient id is needed',
    ]);
  });

  test('before version 2.5 the place stands in ERR-1', () => {
    expect(answers(message('', '2.3.1'), refuse)[0]?.at(-1)).toBe('ERR|PID^1^3^101&Required field missing');
  });

  test('a reason outside the content is answered AR, and a sender may have AE and AR swapped', () => {
    expect(answers(message(), reject)[0]?.[1]).toBe('MSA|AR|CTL 7|the spool is full');
    expect(answers(message(), reject, { swapErrorAndReject: true })[0]?.[1]).toMatch(/^MSA\|AE/);
    expect(answers(message(), refuse, { swapErrorAndReject: true })[0]?.[1]).toMatch(/^MSA\|AR/);
    expect(answers(message(), accept, { swapErrorAndReject: true })[0]?.[1]).toMatch(/^MSA\|AA/);
  });

  test.each([200, 201, 202, 203] as const)('condition %i rejects', (condition) => {
    expect(outcomeOf([problem(condition, null, 'x')]).kind).toBe('reject');
  });

  test('a warning goes along with AA', () => {
    const warned: Outcome = {
      kind: 'accept',
      warnings: [problem(103, { segment: 'ORC', occurrence: 2, field: 1 }, 'odd', 'warning')],
    };
    expect(answers(message(), warned)[0]?.slice(1)).toEqual([
      'MSA|AA|CTL 7',
      'ERR||ORC^2^1|103^Table value not found^HL70357|W||||odd',
    ]);
  });

  test('garbage is answered AR with an empty control id', () => {
    const [answer] = answers(
      Buffer.from('hello'),
      outcomeOf([problem(100, { segment: 'MSH', occurrence: 1 }, 'no MSH')]),
    );
    expect(answer?.[0]).toBe('MSH|^~\\&|||||20261123201530+0000||ACK|OWN-1|P|2.5.1');
    expect(answer?.[1]).toBe('MSA|AR||no MSH');
  });
});

describe('enhanced mode', () => {
  test.each([
    ['AL|NE', accept, ['CA']],
    ['AL|AL', accept, ['CA', 'AA']],
    ['AL|', accept, ['CA']],
    ['NE|AL', accept, ['AA']],
    ['NE|NE', accept, []],
    ['ER|NE', accept, []],
    ['ER|NE', refuse, ['CE']],
    ['ER|SU', accept, ['AA']],
    ['SU|NE', accept, ['CA']],
    ['SU|NE', reject, []],
    ['AL|NE', refuse, ['CE']],
    ['AL|AL', reject, ['CR']],
    ['NE|ER', reject, ['AR']],
    ['NE|ER', accept, []],
  ] as const)('MSH-15|16 %s', (mode, outcome, expected) => {
    const given = answers(message(mode), outcome);
    expect(given.map((lines) => lines[1]?.split('|')[1])).toEqual(expected);
    for (const lines of given) expect(lines[0]).toMatch(/\|\|\|NE\|NE$/);
  });
});

test('names, control id and character set are echoed byte for byte with the delimiters of the sender', () => {
  const bytes = Buffer.from('MSH#*~\\&#R\xc9#H#V#E#2026##ADT*A08#c*\xe9#P#2.5######8859/1\r', 'latin1');
  const [answer] = acknowledge(readHeader(bytes), accept, options);
  const lines = Buffer.from(answer ?? [])
    .toString('latin1')
    .split('\r');
  expect(lines[0]).toBe('MSH#*~\\&#V#E#R\xc9#H#20261123201530+0000##ACK*A08*ACK#OWN-1#P#2.5######8859/1');
  expect(lines[1]).toBe('MSA#AA#c*\xe9');
});

test('what stands in a text cannot end a field or a segment', () => {
  const [answer] = answers(message(), outcomeOf([problem(207, null, 'a|b\rMSA|AA|1')]));
  expect(answer).toHaveLength(3);
  expect(parsed(Buffer.from(answer?.join('\r') ?? '')).get('MSA-3')).toBe('a|b\nMSA|AA|1');
});
