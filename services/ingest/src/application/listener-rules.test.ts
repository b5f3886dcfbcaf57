import { describe, expect, test } from '@jest/globals';
import type { Hl7Sender, Senders } from '@voorrang/protocol';
import { mayConnect } from './listener-rules.ts';

const entry = (more: Partial<Hl7Sender>): Hl7Sender => ({
  application: 'RIS',
  facility: '*',
  site: 'EX',
  authority: 'HOSP',
  charset: '8859/1',
  ...more,
});
const senders = (hl7: readonly Hl7Sender[], unknown: 'accept' | 'refuse'): Senders => ({
  dicom: [],
  hl7,
  fallback: { authority: 'HOSP', charset: '8859/1', unknown },
});
const speaker = { remoteAddress: '10.1.2.3', tls: false, certificateSha256: null };
const closed = { plaintextNeedsWaiver: false, waived: new Set<string>() };
const open = { plaintextNeedsWaiver: true, waived: new Set<string>() };

describe('who may connect to the MLLP listener', () => {
  test.each([
    ['anybody, where strangers are taken', senders([], 'accept'), speaker, closed, true],
    ['nobody, where strangers are not and no entry is there', senders([], 'refuse'), speaker, closed, false],
    ['an address of an entry', senders([entry({ addresses: ['10.1.0.0/16'] })], 'refuse'), speaker, closed, true],
    ['no other address', senders([entry({ addresses: ['10.2.0.0/16'] })], 'refuse'), speaker, closed, false],
    ['an entry bound to nothing', senders([entry({})], 'refuse'), speaker, closed, true],
    ['no stranger without TLS on an open listener', senders([], 'accept'), speaker, open, false],
    ['a waived entry there', senders([entry({ plaintext: true })], 'refuse'), speaker, open, true],
    ['an entry waived by name', senders([entry({})], 'refuse'), speaker, { ...open, waived: new Set(['RIS']) }, true],
    [
      'not one waived by another name',
      senders([entry({})], 'refuse'),
      speaker,
      { ...open, waived: new Set(['HIS']) },
      false,
    ],
    [
      'any waived name of an entry for all',
      senders([entry({ application: '*' })], 'refuse'),
      speaker,
      { ...open, waived: new Set(['HIS']) },
      true,
    ],
    [
      'a certificate of an entry',
      senders([entry({ certificates: ['AB:CD'] })], 'refuse'),
      { ...speaker, tls: true, certificateSha256: 'abcd' },
      open,
      true,
    ],
    [
      'no other certificate',
      senders([entry({ certificates: ['AB:CD'] })], 'refuse'),
      { ...speaker, tls: true, certificateSha256: 'ffff' },
      open,
      false,
    ],
  ])('%s', (_, protocol, who, rules, expected) => {
    expect(mayConnect(protocol, who, rules)).toBe(expected);
  });
});
