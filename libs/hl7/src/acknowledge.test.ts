import { describe, expect, test } from '@jest/globals';
import { bytesOf, parsed } from '../test/helpers.ts';
import { acknowledge, type Outcome, outcomeOf } from './acknowledge.ts';
import { readHeader } from './header.ts';
import { problem } from './problem.ts';

const options = { nextControlId: () => 'OWN-1', at: Date.UTC(2026, 10, 23, 20, 15, 30) };
const accept: Outcome = { kind: 'accept' };
const refuse = outcomeOf([problem(101, { segment: 'PID', occurrence: 1, field: 3 }, 'a usable patient id is needed')]);
const reject: Outcome = { kind: 'reject', problems: [problem(207, null, 'the spool is full')] };

const text = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('latin1');
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
    expect(answers(message(), reject, { swapErrors: true })[0]?.[1]).toMatch(/^MSA\|AE/);
    expect(answers(message(), refuse, { swapErrors: true })[0]?.[1]).toMatch(/^MSA\|AR/);
    expect(answers(message(), accept, { swapErrors: true })[0]?.[1]).toMatch(/^MSA\|AA/);
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

describe('each version gets the answer that it knows', () => {
  const two: Outcome = outcomeOf([
    problem(101, { segment: 'PID', occurrence: 1, field: 3 }, 'a usable patient id is needed'),
    problem(103, { segment: 'ORC', occurrence: 2, field: 1, component: 1 }, 'odd'),
  ]);
  const first = 'PID^1^3^101&Required field missing';
  const early = [`ERR|${first}~ORC^2^1^103&Table value not found`];
  const late = [
    'ERR||PID^1^3|101^Required field missing^HL70357|E||||a usable patient id is needed',
    'ERR||ORC^2^1^1^1|103^Table value not found^HL70357|E||||odd',
  ];
  const text = 'MSA|AE|CTL 7|a usable patient id is needed';
  test.each([
    ['2.1', 'ACK', text, early],
    ['2.2', 'ACK^A08', text, early],
    ['2.3', 'ACK^A08', text, early],
    ['2.3.1', 'ACK^A08', text, early],
    ['2.4', 'ACK^A08^ACK', text, early],
    ['2.5', 'ACK^A08^ACK', text, late],
    ['2.5.1', 'ACK^A08^ACK', text, late],
    ['2.6', 'ACK^A08^ACK', text, late],
    ['2.7', 'ACK^A08^ACK', 'MSA|AE|CTL 7', late],
    ['2.8.2', 'ACK^A08^ACK', 'MSA|AE|CTL 7', late],
    ['2.5^NLD', 'ACK^A08^ACK', text, late],
    ['', 'ACK^A08^ACK', text, late],
    ['9.9', 'ACK^A08^ACK', 'MSA|AE|CTL 7', late],
  ] as const)('version "%s"', (version, type, msa, errors) => {
    const [lines] = answers(message('', version), two);
    const [, , , , , , , , messageType, , , own] = lines?.[0]?.split('|') ?? [];
    expect([messageType, own]).toEqual([type, version || '2.5.1']);
    expect(lines?.slice(1)).toEqual([msa, ...errors]);
  });

  test('before v2.5 a warning is no ERR, which would read as an error, but a text beside AA', () => {
    const warned: Outcome = { kind: 'accept', warnings: [problem(103, null, 'odd', 'warning')] };
    expect(answers(message('', '2.3.1'), warned)[0]?.slice(1)).toEqual(['MSA|AA|CTL 7|odd']);
  });

  test('a sender without repetition and sub-component separator gets an ERR per error', () => {
    const bytes = Buffer.from('MSH|^|A|B|C|D|||ADT^A08|1|P|2.1\r');
    expect(answers(bytes, two)[0]?.slice(2)).toEqual([
      'ERR|PID^1^3^101 Required field missing',
      'ERR|ORC^2^1^103 Table value not found',
    ]);
  });
});

test('character set, its scheme and the message profile are echoed', () => {
  const bytes = Buffer.from(`MSH|^~\\&|A|B|C|D|||ADT^A08|1|P|2.5||||||~ISO IR87|NLD|ISO 2022-1994|RAD-4^IHE\r`);
  expect(answers(bytes, accept)[0]?.[0]).toMatch(/\|P\|2\.5\|\|\|\|\|\|~ISO IR87\|\|ISO 2022-1994\|RAD-4\^IHE$/);
});

test('the same message again gets the same answer but for time and control id of the answer itself', () => {
  const ask = (outcome: Outcome, at: number): string => {
    const own = { nextControlId: () => `OWN-${at}`, at };
    return text(acknowledge(readHeader(message('AL|AL')), outcome, own));
  };
  // What is kept of the first answer is plain data.
  const kept: Outcome = JSON.parse(JSON.stringify(refuse));
  const [one, other] = [ask(refuse, options.at), ask(kept, options.at + 60_000)];
  expect(other).not.toBe(one);
  const bare = (answer: string): string => answer.replace(/\|20261123\d{6}\+0000\|/, '|').replace(/OWN-\d+/, '');
  expect(bare(other)).toBe(bare(one));
});

describe('a sender may be answered in its own mode', () => {
  const codes = (mode: 'by-message' | 'original' | 'enhanced', msh: string, outcome: Outcome): (string | undefined)[] =>
    answers(message(msh), outcome, { mode }).map((lines) => lines[1]?.split('|')[1]);
  test.each([
    ['original', 'AL|NE', accept, ['AA']],
    ['original', 'NE|NE', refuse, ['AE']],
    ['enhanced', '', accept, ['CA']],
    ['enhanced', '', refuse, ['CE']],
    ['enhanced', '', reject, ['CR']],
    ['enhanced', 'NE|AL', accept, ['AA']],
    ['enhanced', 'AL|AL', accept, ['CA', 'AA']],
    ['by-message', '', accept, ['AA']],
  ] as const)('%s with MSH-15|16 "%s"', (mode, msh, outcome, expected) => {
    expect(codes(mode, msh, outcome)).toEqual(expected);
  });

  test('an answer in original mode asks for nothing, one in enhanced mode says so', () => {
    expect(answers(message('AL|AL'), accept, { mode: 'original' })[0]?.[0]).toMatch(/\|2\.5\.1$/);
    expect(answers(message(), accept, { mode: 'enhanced' })[0]?.[0]).toMatch(/\|2\.5\.1\|\|\|NE\|NE$/);
  });

  test('swapped errors are swapped in commit answers too', () => {
    expect(answers(message('AL'), reject, { swapErrors: true })[0]?.[1]).toMatch(/^MSA\|CE/);
    expect(answers(message('AL'), refuse, { swapErrors: true })[0]?.[1]).toMatch(/^MSA\|CR/);
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
