import { describe, expect, test } from '@jest/globals';
import { admitConnection, defaultPerAddress } from './admission.ts';

const limits = { connections: 3, perAddress: 2 };
const open = (address: string, lastHeardAt: number, proven = false) => ({ address, lastHeardAt, proven });

describe('whether one more connection is taken', () => {
  test('below the limits it is, and nobody gives way', () => {
    expect(admitConnection([open('a', 1), open('b', 2)], 'c', limits)).toEqual({ kind: 'admit', evict: null });
  });

  test('at the limit the one that was silent for longest and never sent anything whole gives way', () => {
    const all = [open('a', 1, true), open('b', 3), open('d', 2)];
    expect(admitConnection(all, 'c', limits)).toEqual({ kind: 'admit', evict: all[2] });
  });

  test('at the limit of an address one of the same address gives way, though another was silent for longer', () => {
    const all = [open('a', 1), open('b', 2), open('b', 3)];
    expect(admitConnection(all, 'b', { ...limits, connections: 9 })).toEqual({ kind: 'admit', evict: all[1] });
  });

  test('where all have sent something whole it is refused, with the limit that was met', () => {
    const all = [open('a', 1, true), open('b', 2, true), open('b', 3, true)];
    expect(admitConnection(all, 'c', limits)).toEqual({ kind: 'refuse', reason: 'connection-limit' });
    expect(admitConnection(all, 'b', limits)).toEqual({ kind: 'refuse', reason: 'address-limit' });
  });

  test.each([
    [1, 1],
    [10, 5],
    [128, 120],
    [200, 192],
  ])('of %i connections one address may have %i', (connections, expected) => {
    expect(defaultPerAddress(connections)).toBe(expected);
  });
});
