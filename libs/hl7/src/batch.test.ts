import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, fixture } from '../test/helpers.ts';
import { acknowledge, outcomeOf } from './acknowledge.ts';
import { acknowledgeBatch } from './acknowledge-batch.ts';
import { type Batch, splitBatch } from './batch.ts';
import { readHeader } from './header.ts';
import { parseMessage } from './parse-message.ts';
import { locationText } from './problem.ts';

const msh = (id: string, more = '') => `MSH|^~\\&|A|B|C|D|2026||ADT^A08|${id}|P|2.5${more}`;
const split = (bytes: Uint8Array, most?: number): Batch => {
  const batch = splitBatch(bytes, most);
  if (batch === null) throw new Error('no batch');
  return batch;
};
const idsOf = ({ messages }: Batch): string[] =>
  messages.map(({ bytes, batch, place }) => `${batch}.${place} ${readHeader(bytes)?.controlId}`);
const whyNot = ({ problem }: Batch): string | null =>
  problem === null ? null : `${problem.condition} ${locationText(problem.location)}: ${problem.text}`;

describe('published batches', () => {
  test.each([
    ['python-hl7/sample_batch1.hl7', ['1.1 12334456778890', '1.2 12334456778891']],
    ['python-hl7/sample_file1.hl7', ['1.1 12334456778890', '1.2 12334456778891', '2.1 12334456778890']],
    ['cosyte/batch-single.hl7', ['1.1 MSGA0001', '1.2 MSGA0002']],
    ['cdc/batch.hl7', ['1.1 371784', '1.2 612092']],
  ])('%s', (name, expected) => {
    const batch = split(fixture(name));
    expect([idsOf(batch), whyNot(batch)]).toEqual([expected, null]);
    for (const { bytes } of batch.messages) expect(parseMessage(bytes, { defaultCharset: 'ASCII' }).ok).toBe(true);
  });

  test('a batch that holds segments and no message is refused', () => {
    const batch = split(fixture('python-hl7/sample_bad_batch.hl7'));
    expect([idsOf(batch), whyNot(batch)]).toEqual([[], '100 MSH: a segment stands outside any message']);
  });

  test.each(['mirth/siu-batch01.hl7', 'cosyte/stream-mixed-terminators.hl7', 'cdc/mars.hl7', 'cosyte/adt-a01.hl7'])(
    '%s has no envelope: it is no batch',
    (name) => expect(splitBatch(fixture(name))).toBeNull(),
  );
});

describe('an envelope that is right', () => {
  test.each([
    ['without a count', ['BHS|^~\\&|A', msh('1'), 'PID|1', 'BTS'], ['1.1 1']],
    [
      'several batches without a file',
      ['BHS|^~\\&', msh('1'), 'BTS|1', 'BHS|^~\\&', msh('2'), 'BTS|1'],
      ['1.1 1', '2.1 2'],
    ],
    ['a file without batches', ['FHS|^~\\&', msh('1'), msh('2'), 'FTS|1'], ['1.1 1', '1.2 2']],
    [
      'a file with a batch after messages',
      ['FHS|^~\\&', msh('1'), 'BHS|^~\\&', msh('2'), 'BTS', 'FTS|2'],
      ['1.1 1', '2.1 2'],
    ],
    ['empty, and says so', ['BHS|^~\\&', 'BTS|0'], []],
    ['an empty file', ['FHS|^~\\&', 'FTS|0'], []],
    ['other delimiters than its messages', ['BHS#*~\\&#A', msh('1'), 'BTS#1'], ['1.1 1']],
    ['a count with zeros', ['BHS|^~\\&', msh('1'), 'BTS|0001|ok'], ['1.1 1']],
  ])('%s', (_, lines, expected) => {
    for (const end of ['\r', '\n', '\r\n']) {
      const batch = split(Buffer.from(`${lines.join(end)}${end}`));
      expect([idsOf(batch), whyNot(batch)]).toEqual([expected, null]);
    }
  });
});

describe('an envelope at fault refuses all of it, by name', () => {
  test.each([
    ['fewer messages than said', ['BHS|^~\\&', msh('1'), 'BTS|2'], '100 BTS-1: the count is not what was sent'],
    [
      'more messages than said',
      ['BHS|^~\\&', msh('1'), msh('2'), 'BTS|1'],
      '100 BTS-1: the count is not what was sent',
    ],
    ['a count that is none', ['BHS|^~\\&', msh('1'), 'BTS|one'], '102 BTS-1: the count is no number'],
    [
      'fewer batches than said',
      ['FHS|^~\\&', 'BHS|^~\\&', msh('1'), 'BTS|1', 'FTS|2'],
      '100 FTS-1: the count is not what was sent',
    ],
    ['cut short', ['BHS|^~\\&', msh('1'), 'PID|1'], '100 BTS-1: the batch has no end'],
    ['a file cut short', ['FHS|^~\\&', 'BHS|^~\\&', msh('1'), 'BTS|1'], '100 FTS-1: the file has no end'],
    [
      'a batch that begins in a batch',
      ['BHS|^~\\&', msh('1'), 'BHS|^~\\&', msh('2'), 'BTS'],
      '100 BTS-1: the batch has no end',
    ],
    [
      'a message after the batch',
      ['BHS|^~\\&', msh('1'), 'BTS|1', msh('2')],
      '100 MSH[2]: a message stands outside the batch',
    ],
    [
      'a segment after the batch',
      ['BHS|^~\\&', msh('1'), 'BTS|1', 'PID|1'],
      '100 MSH[2]: a segment stands outside any message',
    ],
    [
      'something after the file',
      ['FHS|^~\\&', msh('1'), 'FTS', 'BHS|^~\\&', 'BTS|0'],
      '100 BHS: something follows the end of the file',
    ],
    [
      'a trailer of a file without one',
      ['BHS|^~\\&', msh('1'), 'BTS', 'FTS|1'],
      '100 FTS-1: a file ends where none has begun',
    ],
    ['a second trailer', ['BHS|^~\\&', msh('1'), 'BTS', 'BTS'], '100 BTS-1: a batch ends where none has begun'],
    ['a second file', ['FHS|^~\\&', 'FHS|^~\\&', 'FTS|0'], '100 FHS: a second file begins in the block'],
    ['nothing in it, not even a count', ['BHS|^~\\&', 'BTS'], '100 MSH: no message, and no count that says so'],
    ['a header that is none', ['BHS|', msh('1'), 'BTS|1'], '100 BHS: the BHS is not usable'],
  ])('%s', (_, lines, expected) => {
    expect(whyNot(split(bytesOf(...lines)))).toBe(expected);
  });

  test('more messages than the limit', () => {
    const lines = ['BHS|^~\\&', ...Array.from({ length: 4 }, (_, index) => msh(`${index}`)), 'BTS|4'];
    expect(whyNot(split(bytesOf(...lines), 4))).toBeNull();
    const over = split(bytesOf(...lines), 3);
    expect([over.messages.length, whyNot(over)]).toEqual([3, '100 MSH[4]: more than 3 messages in a block']);
  });
});

test('a line of a report that looks like an envelope is text', () => {
  const batch = split(Buffer.from(`BHS|^~\\&\r${msh('1')}\rOBX|1|TX|||a\nBTS done\nMSH and more\rBTS|1\r`));
  expect([idsOf(batch), whyNot(batch)]).toEqual([['1.1 1'], null]);
});

test('any messages in any envelope come out byte for byte, and no bytes make splitting fail', () => {
  const text = fc.stringMatching(/^[A-Za-z0-9 é^~&|]{0,12}$/);
  const message = fc
    .tuple(fc.nat(9_999), fc.array(text, { maxLength: 3 }))
    .map(([id, texts]) => `${[msh(`${id}`), ...texts.map((each) => `OBX|1|TX|||${each}`)].join('\r')}\r`);
  const batches = fc.array(fc.array(message, { maxLength: 4 }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(batches, fc.boolean(), fc.nat(), (contents, isFile, cut) => {
      const inner = contents.map((messages) => `BHS|^~\\&|A\r${messages.join('')}BTS|${messages.length}\r`).join('');
      const bytes = Buffer.from(isFile ? `FHS|^~\\&\r${inner}FTS|${contents.length}\r` : inner);
      const batch = split(bytes);
      expect(whyNot(batch)).toBeNull();
      expect(batch.messages.map((each) => Buffer.from(each.bytes).toString())).toEqual(contents.flat());
      // Cut anywhere before its last line, it is refused or no batch any more.
      const short = splitBatch(bytes.subarray(0, cut % (bytes.length - 8)));
      if (short !== null && isFile) expect(short.problem).not.toBeNull();
    }),
    { numRuns: 200, seed: 22 },
  );
});

describe('the answer to a batch', () => {
  const at = Date.UTC(2026, 10, 23, 20, 15, 30);
  const ids = (): { nextControlId: () => string; at: number } => {
    let last = 0;
    return {
      at,
      nextControlId: () => {
        last += 1;
        return `OWN-${last}`;
      },
    };
  };
  const answer = (bytes: Uint8Array): string[] | null => {
    const batch = split(bytes);
    const options = ids();
    const outcome = batch.problem === null ? { kind: 'accept' as const } : outcomeOf([batch.problem]);
    const each = batch.messages.map((message) => acknowledge(readHeader(message.bytes), outcome, options));
    const blocks = acknowledgeBatch(batch, each, options);
    expect(blocks.length).toBeLessThan(2);
    return blocks[0] === undefined ? null : Buffer.from(blocks[0]).toString('latin1').split('\r').slice(0, -1);
  };

  test('is one batch with an acknowledgement per message', () => {
    expect(answer(bytesOf('BHS|^~\\&|A|B|C|D|2026||||B7', msh('1'), msh('2'), 'BTS|2'))).toEqual([
      'BHS|^~\\&|C|D|A|B|20261123201530+0000||||OWN-3|B7',
      'MSH|^~\\&|C|D|A|B|20261123201530+0000||ACK^A08^ACK|OWN-1|P|2.5',
      'MSA|AA|1',
      'MSH|^~\\&|C|D|A|B|20261123201530+0000||ACK^A08^ACK|OWN-2|P|2.5',
      'MSA|AA|2',
      'BTS|2',
    ]);
  });

  test('is itself a batch that can be split, in a file where one was sent', () => {
    const lines = answer(
      bytesOf('FHS|^~\\&|A||||||F1||F9', 'BHS|^~\\&', msh('1'), 'BTS|1', 'BHS|^~\\&', 'BTS|0', 'FTS|2'),
    );
    expect(lines?.[0]).toBe('FHS|^~\\&|||A||20261123201530+0000||||OWN-4|F9');
    const batch = split(bytesOf(...(lines ?? [])));
    expect([batch.file !== null, batch.headers.length, batch.messages.length, whyNot(batch)]).toEqual([
      true,
      2,
      1,
      null,
    ]);
  });

  test('to a batch at fault refuses each message, with the place in the envelope', () => {
    expect(
      answer(bytesOf('BHS|^~\\&', msh('1'), msh('2'), 'BTS|3'))?.filter((line) => /^(MSA|ERR|BTS)/.test(line)),
    ).toEqual([
      'MSA|AE|1|the count is not what was sent',
      'ERR||BTS^1^1|100^Segment sequence error^HL70357|E||||the count is not what was sent',
      'MSA|AE|2|the count is not what was sent',
      'ERR||BTS^1^1|100^Segment sequence error^HL70357|E||||the count is not what was sent',
      'BTS|2',
    ]);
  });

  test('to a batch without any message is a rejection without a control id', () => {
    expect(answer(fixture('python-hl7/sample_bad_batch.hl7'))?.slice(2)).toEqual([
      'MSA|AR||a segment stands outside any message',
      'ERR||MSH^1|100^Segment sequence error^HL70357|E||||a segment stands outside any message',
      'BTS|1',
    ]);
  });

  test('is none where every message wants none, and empty for an empty batch', () => {
    expect(answer(fixture('python-hl7/sample_batch1.hl7'))).toBeNull();
    expect(answer(bytesOf('BHS|^~\\&', 'BTS|0'))?.at(-1)).toBe('BTS|0');
  });
});
