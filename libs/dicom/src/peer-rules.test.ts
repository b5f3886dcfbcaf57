import { describe, expect, test } from '@jest/globals';
import type { AssociateRequest } from './association.ts';
import { negotiate } from './negotiation.ts';
import { performedProcedureStepSopClass } from './operations.ts';
import { decidePeer, type PeerRule, type PeerRules } from './peer-rules.ts';
import { verificationSopClass } from './sop-classes.ts';

const peer = { callingAe: 'CT1', calledAe: 'VOORRANG', remoteAddress: '10.0.0.5', tls: true, certificateSha256: 'aa' };
const plain = { ...peer, tls: false, certificateSha256: null };
const own = { title: 'VOORRANG', any: false };
const rulesOf = (peers: readonly PeerRule[], change: Partial<PeerRules> = {}): PeerRules => ({
  peers,
  unknown: 'refuse',
  plaintextNeedsWaiver: true,
  ...change,
});
const bound = { callingAe: 'CT1', addresses: ['10.0.0.0/24'], certificates: ['AA'] };

describe('whether a peer is let in', () => {
  test.each([
    ['one that nobody knows', [], {}, peer, 'unknown-calling-ae'],
    ['one that nobody knows where everybody may come', [], { unknown: 'accept' }, peer, 'accept'],
    ['an unknown one without TLS where TLS is asked for', [], { unknown: 'accept' }, plain, 'plaintext'],
    ['one by name only', [{ callingAe: 'CT1' }], {}, peer, 'accept'],
    ['one with the address and the certificate of its rule', [bound], {}, peer, 'accept'],
    ['one from another address', [bound], {}, { ...peer, remoteAddress: '10.0.1.5' }, 'address'],
    ['one with another certificate', [bound], {}, { ...peer, certificateSha256: 'bb' }, 'certificate'],
    ['one without a certificate', [bound], {}, { ...peer, certificateSha256: null }, 'certificate'],
    ['one without TLS', [{ callingAe: 'CT1' }], {}, plain, 'plaintext'],
    ['one without TLS that has a waiver', [{ callingAe: 'CT1', plaintext: true }], {}, plain, 'accept'],
    [
      'one without TLS where nobody asks for it',
      [{ callingAe: 'CT1' }],
      { plaintextNeedsWaiver: false },
      plain,
      'accept',
    ],
    ['a title in another case', [{ callingAe: 'ct1' }], {}, peer, 'unknown-calling-ae'],
    ['a title of ours that we do not have', [{ callingAe: 'CT1' }], {}, { ...peer, calledAe: 'OTHER' }, 'called-ae'],
    [
      'a title of ours that is its own',
      [{ callingAe: 'CT1', calledAe: ['EDGE'] }],
      {},
      { ...peer, calledAe: 'EDGE' },
      'accept',
    ],
    ['the title of all where it has its own', [{ callingAe: 'CT1', calledAe: ['EDGE'] }], {}, peer, 'called-ae'],
    [
      'a stranger is not told which titles there are',
      [bound],
      {},
      { ...peer, calledAe: 'X', remoteAddress: '' },
      'address',
    ],
    [
      'the second rule of a title',
      [bound, { callingAe: 'CT1', addresses: ['10.9.0.1'] }],
      {},
      { ...peer, remoteAddress: '10.9.0.1' },
      'accept',
    ],
  ] as const)('%s', (_name, peers, change, who, expected) => {
    const decision = decidePeer(rulesOf(peers, change), who, own);
    expect(decision.kind === 'accept' ? 'accept' : decision.reason).toBe(expected);
  });

  test('any title of ours is taken where that is wanted', () => {
    const rules = rulesOf([{ callingAe: 'CT1' }]);
    expect(decidePeer(rules, { ...peer, calledAe: 'X' }, { ...own, any: true }).kind).toBe('accept');
  });
});

describe('what is negotiated', () => {
  const request: AssociateRequest = {
    protocolVersion: 1,
    calledAe: 'VOORRANG',
    callingAe: 'CT1',
    applicationContext: '1.2.840.10008.3.1.1.1',
    contexts: [verificationSopClass, '1.2.840.10008.5.1.4.1.1.2', performedProcedureStepSopClass, '1.2.3'].map(
      (abstractSyntax, index) => ({ id: index * 2 + 1, abstractSyntax, transferSyntaxes: ['1.2.840.10008.1.2'] }),
    ),
    maximumLength: 0,
    implementationClassUid: '1.2',
  };
  const around = { served: ['echo', 'store', 'mpps'] as const, open: 0, openOfPeer: 0, limit: 2 };
  const allowed = { kind: 'accept', operations: ['echo', 'store'], associations: 1 } as const;

  test('a context that the peer may not use is refused by the user, one that nobody serves as not supported', () => {
    const negotiated = negotiate(request, allowed, around);
    expect(negotiated.kind === 'accept' ? negotiated.answers.map(({ result }) => result) : negotiated).toEqual([
      'acceptance',
      'acceptance',
      'userRejection',
      'abstractSyntaxNotSupported',
    ]);
  });

  test.each([
    [
      'an unknown protocol version',
      { ...request, protocolVersion: 2 },
      allowed,
      around,
      'protocol-version',
      'protocol',
    ],
    [
      'another application context',
      { ...request, applicationContext: '1.2' },
      allowed,
      around,
      'application-context',
      'protocol',
    ],
    ['a refused peer', request, { kind: 'refuse', reason: 'address' }, around, 'calling-ae', 'address'],
    ['a wrong called title', request, { kind: 'refuse', reason: 'called-ae' }, around, 'called-ae', 'called-ae'],
    [
      'an association more than the peer may have',
      request,
      allowed,
      { ...around, openOfPeer: 1 },
      'too-many-associations',
      'too-many-of-peer',
    ],
    [
      'an association more than there may be',
      request,
      allowed,
      { ...around, open: 2 },
      'too-many-associations',
      'too-many-associations',
    ],
  ] as const)('%s', (_name, asked, decision, surroundings, rejection, reason) => {
    expect(negotiate(asked, decision, surroundings)).toEqual({ kind: 'reject', rejection, reason });
  });
});
