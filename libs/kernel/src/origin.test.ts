import { BlockList } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isInNetwork, originRefusal, parseNetwork } from './origin.ts';

const waiver = { plaintextNeedsWaiver: true };
const speaker = { remoteAddress: '10.1.2.3', tls: true, certificateSha256: 'ab12' };

describe('whether a speaker is the sender that it names', () => {
  test.each([
    ['nothing is bound', {}, speaker, undefined],
    ['the address is listed', { addresses: ['10.1.0.0/16'] }, speaker, undefined],
    ['the address is another', { addresses: ['10.2.0.0/16', '10.1.2.4'] }, speaker, 'address'],
    ['no address is listed', { addresses: [] }, speaker, 'address'],
    ['the certificate is listed as tools print it', { certificates: ['AB:12'] }, speaker, undefined],
    ['the certificate is another', { certificates: ['cd34'] }, speaker, 'certificate'],
    ['there is no certificate', { certificates: ['ab12'] }, { ...speaker, certificateSha256: null }, 'certificate'],
    ['both must hold', { addresses: ['10.1.2.3'], certificates: ['cd34'] }, speaker, 'certificate'],
    ['it speaks without TLS', {}, { ...speaker, tls: false }, 'plaintext'],
    ['it may speak without TLS', { plaintext: true }, { ...speaker, tls: false }, undefined],
  ] as const)('%s', (_name, origin, who, expected) => {
    expect(originRefusal(origin, who, waiver)).toBe(expected);
  });

  test('a listener that asks for no waiver takes plain text', () => {
    expect(originRefusal({}, { ...speaker, tls: false }, { plaintextNeedsWaiver: false })).toBeUndefined();
  });
});

describe('networks', () => {
  const ipv4 = fc.ipV4();
  const ipv6 = fc.ipV6();

  test('IPv4 networks hold what the system says they hold', () => {
    fc.assert(
      fc.property(ipv4, ipv4, fc.nat(32), (address, network, bits) => {
        const list = new BlockList();
        list.addSubnet(network, bits);
        expect(isInNetwork(address, `${network}/${bits}`)).toBe(list.check(address));
        expect(isInNetwork(`::ffff:${address}`, `${network}/${bits}`)).toBe(list.check(address));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test('IPv6 networks hold what the system says they hold', () => {
    fc.assert(
      fc.property(ipv6, ipv6, fc.nat(40), (address, network, bits) => {
        fc.pre(!/^(0*:)*:?ffff:/i.test(address) && parseNetwork(network)?.bytes.length === 16);
        const list = new BlockList();
        list.addSubnet(network, bits, 'ipv6');
        expect(isInNetwork(address, `${network}/${bits}`)).toBe(list.check(address, 'ipv6'));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test.each([
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['10.0.0.0/8', '2001:db8::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['::1', '::1', true],
    ['10.1.2.3', '', false],
  ])('%s and %s', (network, address, expected) => {
    expect(isInNetwork(address, network)).toBe(expected);
  });

  test.each([
    '',
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/8/8',
    '::1::',
    'g::',
    '::/129',
    '1:2:3',
    '::ffff:10.0.0.0/95',
    'scanner',
  ])('%p is no network', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
    expect(isInNetwork('10.0.0.1', text)).toBe(false);
  });
});
