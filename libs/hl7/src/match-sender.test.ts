import { expect, test } from '@jest/globals';
import { bytesOf } from '../test/helpers.ts';
import { readHeader } from './header.ts';
import { matchSender } from './match-sender.ts';

const senders = [
  { application: '*', facility: '*', site: 'ANY' },
  { application: '*', facility: 'HOSP', site: 'FACILITY' },
  { application: 'RIS', facility: '*', site: 'APPLICATION' },
  { application: 'RIS', facility: 'HOSP', site: 'BOTH' },
];

test.each([
  ['RIS|HOSP', 'BOTH'],
  ['RIS^1.2^ISO|HOSP', 'BOTH'],
  ['RIS|OTHER', 'APPLICATION'],
  ['LIS|HOSP', 'FACILITY'],
  ['|', 'ANY'],
])('MSH-3|4 %s is the sender %s, in any order of the list', (names, site) => {
  const header = readHeader(bytesOf(`MSH|^~\\&|${names}|V|EX|2026||ADT^A08|1|P|2.5`));
  if (header === null) throw new Error('no header');
  expect(matchSender(header, senders)?.site).toBe(site);
  expect(matchSender(header, senders.toReversed())?.site).toBe(site);
  expect(matchSender(header, [{ application: 'X', facility: '*' }])).toBeUndefined();
});
