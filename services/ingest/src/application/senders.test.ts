import { describe, expect, test } from '@jest/globals';
import type { Senders } from '@voorrang/protocol';
import { mappingOf, senderOfImages, senderOfMessages } from './senders.ts';

const senders: Senders = {
  dicom: [{ callingAe: 'CT1', site: 'NORTH', authority: 'HOSP', addresses: ['10.1.2.3'], operations: ['store'] }],
  hl7: [
    { application: '*', facility: '*', site: 'ANY', authority: 'A', charset: '8859/1' },
    { application: 'RIS', facility: '*', site: 'NORTH', authority: 'B', charset: '8859/15' },
    {
      application: 'RIS',
      facility: 'SOUTH',
      site: 'SOUTH',
      authority: 'C',
      charset: 'UNICODE UTF-8',
      fields: { accessionNumber: ['ZOR-2.1', 'OBR-18'] },
      codes: { priority: { '1': 'stat' } },
      processingIds: ['P'],
      keepAuthorities: ['C'],
      dropIdentifierTypes: [],
      strokeCodeWords: ['lyse'],
      acknowledgement: { swapErrors: true },
    },
  ],
  fallback: { authority: 'FALLBACK', charset: '8859/1' },
};
const protocol = { senders, sites: { SOUTH: { name: 'South', timeZone: 'Europe/Brussels' } } };
const strangers = { ...protocol, senders: { ...senders, hl7: [] } };
const refusing: Senders = { ...senders, hl7: [], fallback: { ...senders.fallback, unknown: 'refuse' } };

describe('senders', () => {
  test('a registered AE title gives its whole entry, any other what the fallback makes of it', () => {
    expect(senderOfImages(senders, 'CT1', 'EX')).toEqual({ ...senders.dicom[0], known: true, accepted: true });
    expect(senderOfImages(senders, 'CT2', 'EX')).toEqual({
      callingAe: 'CT2',
      site: 'EX',
      authority: 'FALLBACK',
      known: false,
      accepted: true,
    });
  });

  test.each([
    ['RIS', 'SOUTH', 'SOUTH', 'Europe/Brussels'],
    ['RIS', 'NORTH', 'NORTH', 'UTC'],
    ['HIS', 'SOUTH', 'ANY', 'UTC'],
  ])('of the entries that fit %s at %s the one that names most wins', (application, facility, site, timeZone) => {
    expect(senderOfMessages(protocol, application, facility, 'EX')).toMatchObject({ site, timeZone, known: true });
  });

  test('messages of nobody known belong to the fallback, and their merges do not count', () => {
    const stranger = senderOfMessages(strangers, 'X', 'Y', 'EX');
    expect(stranger).toEqual({
      application: 'X',
      facility: 'Y',
      site: 'EX',
      authority: 'FALLBACK',
      charset: '8859/1',
      timeZone: 'UTC',
      merges: false,
      known: false,
      accepted: true,
    });
    expect(mappingOf(stranger)).toEqual({ site: 'EX', authority: 'FALLBACK', timeZone: 'UTC', merges: false });
  });

  test('where the fallback refuses, nobody speaks whom no entry names', () => {
    expect(senderOfMessages({ ...protocol, senders: refusing }, 'RIS', 'SOUTH', 'EX').accepted).toBe(false);
    expect(senderOfImages(refusing, 'CT2', 'EX').accepted).toBe(false);
    expect(senderOfImages(refusing, 'CT1', 'EX').accepted).toBe(true);
  });

  test('everything that an entry says of reading goes to the mapping, with its paths parsed once', () => {
    const mapping = mappingOf(senderOfMessages(protocol, 'RIS', 'SOUTH', 'EX'));
    expect(mapping).toEqual({
      site: 'SOUTH',
      authority: 'C',
      timeZone: 'Europe/Brussels',
      merges: true,
      fields: {
        accessionNumber: [
          { segment: 'ZOR', occurrence: 1, field: 2, repetition: 1, component: 1, subcomponent: 1 },
          { segment: 'OBR', occurrence: 1, field: 18, repetition: 1, component: 1, subcomponent: 1 },
        ],
      },
      codes: { priority: { '1': 'stat' } },
      processingIds: ['P'],
      keepAuthorities: ['C'],
      dropIdentifierTypes: [],
      strokeCodeWords: ['lyse'],
    });
    expect(mappingOf(senderOfMessages(protocol, 'RIS', 'SOUTH', 'EX')).fields).toBe(mapping.fields);
  });
});
