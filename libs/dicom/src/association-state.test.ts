import { describe, expect, test } from '@jest/globals';
import {
  type AssociationEvent,
  type AssociationState,
  associationActions,
  associationEvents,
  associationStates,
  transitionOf,
} from './association-state.ts';
import { checkAnnounced } from './pdu-turn.ts';

const numbers: Readonly<Record<AssociationState, number>> = {
  idle: 1,
  'awaiting-request': 2,
  deciding: 3,
  established: 6,
  releasing: 8,
  closing: 13,
};

/** PS3.8 Table 9-10, the columns of an acceptor: action and next state; a dash where the table is empty. */
const table = `
        Sta1     Sta2      Sta3      Sta6      Sta8      Sta13
Evt3    -        AA-1/13   AA-8/13   AA-8/13   AA-8/13   AA-6/13
Evt4    -        AA-1/13   AA-8/13   AA-8/13   AA-8/13   AA-6/13
Evt5    AE-5/2   -         -         -         -         -
Evt6    -        AE-6/3    AA-8/13   AA-8/13   AA-8/13   AA-7/13
Evt7    -        -         AE-7/6    -         -         -
Evt8    -        -         AE-8/13   -         -         -
Evt9    -        -         -         DT-1/6    AR-7/8    -
Evt10   -        AA-1/13   AA-8/13   DT-2/6    AA-8/13   AA-6/13
Evt12   -        AA-1/13   AA-8/13   AR-2/8    AA-8/13   AA-6/13
Evt13   -        AA-1/13   AA-8/13   AA-8/13   AA-8/13   AA-6/13
Evt14   -        -         -         -         AR-4/13   -
Evt15   -        -         AA-1/13   AA-1/13   AA-1/13   -
Evt16   -        AA-2/1    AA-3/1    AA-3/1    AA-3/1    AA-2/1
Evt17   -        AA-5/1    AA-4/1    AA-4/1    AA-4/1    AR-5/1
Evt18   -        AA-2/1    -         -         -         AA-2/1
Evt19   -        AA-1/13   AA-8/13   AA-8/13   AA-8/13   AA-7/13
`;

const [head = [], ...rows] = table
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cells = rows.flatMap(([event = '', ...row]) =>
  row.map((cell, column) => [event, head[column] ?? '', cell] as const),
);
const eventOf = (name: string): AssociationEvent => {
  const found = Object.entries(associationEvents).find(([, number]) => `Evt${number}` === name);
  return (found?.[0] ?? '') as AssociationEvent;
};
const stateOf = (name: string): AssociationState =>
  associationStates.find((state) => `Sta${numbers[state]}` === name) ?? 'idle';

describe('the state machine of PS3.8 §9.2', () => {
  test('has every state and event of the table and no other', () => {
    expect(cells).toHaveLength(associationStates.length * Object.keys(associationEvents).length);
    expect(new Set(cells.map(([event]) => eventOf(event))).size).toBe(Object.keys(associationEvents).length);
  });

  test.each(cells)('%s in %s: %s', (event, state, cell) => {
    const transition = transitionOf(stateOf(state), eventOf(event));
    expect(transition === undefined ? '-' : `${transition.action}/${numbers[transition.next]}`).toBe(cell);
  });

  test('aborts for a user before an association and for the provider in one', () => {
    expect(associationActions['AA-1']).toContain('send-user-abort');
    expect(associationActions['AA-8']).toContain('send-provider-abort');
  });

  test('waits for the end of the connection no longer than ARTIM wherever it has said the last word', () => {
    for (const state of associationStates)
      for (const event of Object.keys(associationEvents)) {
        const transition = transitionOf(state, event as AssociationEvent);
        if (transition === undefined || transition.next !== 'closing' || state === 'closing') continue;
        expect(associationActions[transition.action]).toContain('start-artim');
      }
  });
});

describe('a PDU as its header announces it', () => {
  const limits = { pduBytes: 100, associateRequestBytes: 200 };
  const outcome = (state: AssociationState, type: number, length: number): string => {
    try {
      checkAnnounced(state, type, length, limits);
      return 'taken';
    } catch (error) {
      return (error as { abort: { reason: string } }).abort.reason;
    }
  };

  const types = [0, 1, 2, 3, 4, 5, 6, 7, 8, 255];
  test.each([
    ['awaiting-request', { 1: 'taken', 7: 'taken' }],
    ['established', { 4: 'taken', 5: 'taken', 7: 'taken' }],
    ['releasing', { 7: 'taken' }],
  ] as const)('in %s only its own are taken', (state, expected: Readonly<Record<number, string>>) => {
    for (const type of types) {
      const unknown = type === 0 || type > 7 ? 'unrecognizedPdu' : 'unexpectedPdu';
      expect([type, outcome(state, type, 4)]).toEqual([type, expected[type] ?? unknown]);
    }
  });

  test.each([
    ['awaiting-request', 1, 200, 'taken'],
    ['awaiting-request', 1, 201, 'invalidParameter'],
    ['established', 4, 100, 'taken'],
    ['established', 4, 101, 'invalidParameter'],
    ['established', 5, 5, 'invalidParameter'],
    ['established', 7, 3, 'invalidParameter'],
  ] as const)('in %s type %i of length %i: %s', (state, type, length, expected) => {
    expect(outcome(state, type, length)).toBe(expected);
  });
});
