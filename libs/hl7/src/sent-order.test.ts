import { describe, expect, test } from '@jest/globals';
import { readHeader } from './header.ts';
import { outOfOrder, type SentPlace, sentPlaceOf } from './sent-order.ts';

const place = (sequence: string, time = ''): SentPlace => {
  const header = readHeader(Buffer.from(`MSH|^~\\&|A|B|C|D|${time}||ADT^A08|1|P|2.5|${sequence}\r`));
  if (header === null) throw new Error('no header');
  return sentPlaceOf(header);
};

describe('messages out of order', () => {
  test.each([
    ['the next number', '7', '8', []],
    ['the same again', '7', '7', []],
    ['two later', '7', '9', ['sequence-gap']],
    ['an earlier one', '7', '6', ['sequence-back']],
    ['a new beginning', '7', '0', []],
    ['the first after a new beginning', '0', '1', []],
    ['no number any more', '7', '', []],
    ['a resynchronisation', '7', '-1', []],
    ['something else', '7', 'x', []],
  ])('%s', (_, before, now, expected) => {
    expect(outOfOrder(place(before), place(now))).toEqual(expected);
  });

  test.each([
    ['later', '20261123100000', '20261123100001', []],
    ['the same', '20261123100000', '20261123100000', []],
    ['earlier', '20261123100000', '20261123095959', ['time-back']],
    ['earlier, in the same offset', '20261123100000.5+0100', '20261123100000.4+0100', ['time-back']],
    ['another offset', '20261123100000+0100', '20261123090000+0000', []],
    ['another precision', '20261123100000', '202611230959', []],
    ['none', '20261123100000', '', []],
    ['no time', 'yesterday', '20261123095959', []],
  ])('MSH-7 %s', (_, before, now, expected) => {
    expect(outOfOrder(place('', before), place('', now))).toEqual(expected);
  });
});
