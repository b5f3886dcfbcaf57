import { describe, expect, test } from '@jest/globals';
import { orderChangeOf } from './order-control.ts';

const read = (pair: string): string => {
  const [control = '', status = ''] = pair.split('_');
  const { change, status: state, unknown } = orderChangeOf(control, status);
  return [change, state, unknown === null ? null : `ORC-${unknown}?`].filter((part) => part !== null).join(' ');
};

describe('ORC-1 with ORC-5', () => {
  test.each([
    // The pairs that dcm4chee-arc takes (hl7OrderControlStatus).
    ['NW_SC', 'placed scheduled'],
    ['NW_IP', 'placed in-progress'],
    ['CA_CA', 'cancelled'],
    ['DC_CA', 'cancelled'],
    ['XO_SC', 'changed scheduled'],
    ['XO_CM', 'changed completed'],
    ['SC_CM', 'changed completed'],
    ['SC_DC', 'changed discontinued'],
    ['SC_IP', 'changed in-progress'],
    ['SC_A', 'changed in-progress'],
    // Table 0119 on cancelling: asked, done by the filler, confirmed; and denied.
    ['CA_', 'cancelled'],
    ['OC_', 'cancelled'],
    ['CR_CA', 'cancelled'],
    ['DR_', 'cancelled'],
    ['SC_CA', 'cancelled'],
    ['XO_CA', 'cancelled'],
    ['UC_', 'placed'],
    ['UC_SC', 'placed scheduled'],
    ['UD_IP', 'placed in-progress'],
    // Replacing: the old order goes, the replacement comes as RO.
    ['RP_', 'cancelled'],
    ['RQ_', 'cancelled'],
    ['RU_RP', 'cancelled'],
    ['RO_SC', 'placed scheduled'],
    ['UM_', 'placed'],
    // Holding changes no state of ours.
    ['HD_HD', 'changed'],
    ['RL_', 'changed'],
    ['PA_', 'changed'],
    ['CH_SC', 'changed scheduled'],
    // What nobody knows keeps the order.
    ['NW_ZZ', 'placed ORC-5?'],
    ['XO_ZZ', 'changed ORC-5?'],
    ['CA_ZZ', 'cancelled ORC-5?'],
    ['ZZ_CM', 'changed ORC-1?'],
    ['ZZ_CA', 'changed ORC-1?'],
    ['_', 'changed ORC-1?'],
  ])('%s: %s', (pair, expected) => {
    expect(read(pair)).toBe(expected);
  });

  test('only an order that nobody could know of before needs a patient', () => {
    const needing = ['NW', 'RO', 'SN', 'UC', 'XO', 'SC', 'CH', 'CA'].filter(
      (code) => orderChangeOf(code, '').needsPatient,
    );
    expect(needing).toEqual(['NW', 'RO', 'SN']);
  });
});
