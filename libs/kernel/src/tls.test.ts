import { describe, expect, test } from '@jest/globals';
import { testAuthority } from '@voorrang/testing';
import { decideClientCertificate, tlsClientOptions, tlsServerOptions } from './tls.ts';

const authority = testAuthority();
const own = authority.issue('server');
const other = authority.issue('other');
const problemOf = (make: () => unknown): unknown => {
  try {
    make();
  } catch (error) {
    return (error as { details: { problem: string } }).details.problem;
  }
  return undefined;
};

describe('TLS of a listener', () => {
  test('is TLS 1.2 and up with forward secrecy and AEAD only', () => {
    const { minVersion, ciphers } = tlsServerOptions({ ...own, clientCertificate: 'none' });
    expect(minVersion).toBe('TLSv1.2');
    for (const cipher of ciphers.split(':')) expect(cipher).toMatch(/^(TLS_|ECDHE-).*(GCM|POLY1305)/);
  });

  test.each([
    ['a certificate that is no PEM', { cert: 'x', key: own.key }, 'certificate is not readable PEM'],
    ['a key that is no PEM', { cert: own.cert, key: 'x' }, 'key is not readable PEM'],
    ['the key of another', { cert: own.cert, key: other.key }, 'key is not that of the certificate'],
    ['a short key', authority.issue('weak', { rsaBits: 1024 }), 'key is shorter than 2048 bits'],
    ['an authority that is no PEM', { ...own, ca: 'x' }, 'authority is not readable PEM'],
  ])('%s is refused', (_name, pair, problem) => {
    expect(problemOf(() => tlsServerOptions({ ...pair, clientCertificate: 'none' }))).toBe(problem);
  });

  test('client certificates without an authority are refused: every public one would count', () => {
    expect(problemOf(() => tlsServerOptions({ ...own, clientCertificate: 'required' }))).toBe(
      'client certificates need an authority',
    );
  });
});

test('a requestor with a certificate and no key is refused', () => {
  expect(problemOf(() => tlsClientOptions({ ca: authority.cert, cert: own.cert }))).toBe(
    'certificate and key come together',
  );
});

test.each([
  ['none', undefined, false, { kind: 'accept', sha256: null }],
  ['optional', undefined, false, { kind: 'accept', sha256: null }],
  ['required', undefined, false, { kind: 'refuse', reason: 'certificate-missing' }],
  ['optional', 'AB:12', false, { kind: 'refuse', reason: 'certificate-not-verified' }],
  ['required', 'AB:12', true, { kind: 'accept', sha256: 'ab12' }],
] as const)('client certificates %s, presented %s, verified %s', (mode, fingerprint, verified, expected) => {
  expect(decideClientCertificate(mode, fingerprint, verified)).toEqual(expected);
});
