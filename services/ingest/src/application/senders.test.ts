import { describe, expect, test } from '@jest/globals';
import { senderOfImages, senderOfMessages } from './senders.ts';

const senders = {
  dicom: [{ callingAe: 'CT1', site: 'NORTH', authority: 'HOSP' }],
  hl7: [
    { application: '*', facility: '*', site: 'ANY', authority: 'A', charset: '8859/1' },
    { application: 'RIS', facility: '*', site: 'NORTH', authority: 'B', charset: '8859/15' },
    { application: 'RIS', facility: 'SOUTH', site: 'SOUTH', authority: 'C', charset: 'UNICODE UTF-8' },
  ],
  fallback: { authority: 'FALLBACK', charset: '8859/1' },
};
const protocol = { senders, sites: { SOUTH: { name: 'South', timeZone: 'Europe/Brussels' } } };

describe('senders', () => {
  test('a registered AE title gives its site and authority, any other the fallback', () => {
    expect(senderOfImages(senders, 'CT1', 'EX')).toEqual({ site: 'NORTH', authority: 'HOSP' });
    expect(senderOfImages(senders, 'CT2', 'EX')).toEqual({ site: 'EX', authority: 'FALLBACK' });
  });

  test.each([
    ['RIS', 'SOUTH', 'SOUTH', 'Europe/Brussels'],
    ['RIS', 'NORTH', 'NORTH', 'UTC'],
    ['HIS', 'SOUTH', 'ANY', 'UTC'],
  ])('of the entries that fit %s at %s the one that names most wins', (application, facility, site, timeZone) => {
    expect(senderOfMessages(protocol, application, facility, 'EX')).toMatchObject({ site, timeZone });
  });

  test('messages of nobody known belong to the fallback', () => {
    const none = { ...protocol, senders: { ...senders, hl7: [] } };
    expect(senderOfMessages(none, 'X', 'Y', 'EX')).toEqual({
      site: 'EX',
      authority: 'FALLBACK',
      charset: '8859/1',
      timeZone: 'UTC',
    });
  });
});
