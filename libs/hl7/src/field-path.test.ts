import { describe, expect, test } from '@jest/globals';
import { bytesOf, orderHeader, parsed, pid } from '../test/helpers.ts';
import { parseFieldPath, readField } from './field-path.ts';
import type { Hl7Segment } from './message.ts';

const read = (segments: readonly Hl7Segment[], text: string): string => {
  const path = parseFieldPath(text);
  if (!path.ok) throw new Error(path.error);
  return readField(segments, path.value);
};

describe('a path of HL7', () => {
  test('counts everything from 1 and leaves out what is 1', () => {
    expect(parseFieldPath('OBR-18')).toEqual({
      ok: true,
      value: { segment: 'OBR', occurrence: 1, field: 18, repetition: 1, component: 1, subcomponent: 1 },
    });
    expect(parseFieldPath('OBX[3]-5(2).4.6')).toEqual({
      ok: true,
      value: { segment: 'OBX', occurrence: 3, field: 5, repetition: 2, component: 4, subcomponent: 6 },
    });
    expect(parseFieldPath('ZDS-1.1')).toMatchObject({ ok: true, value: { segment: 'ZDS', component: 1 } });
  });

  test.each([
    '',
    'OBR',
    'OBR-',
    'obr-3',
    'OBR-3.',
    'OBR-3.1.1.1',
    'OBR.3',
    'OBR-3(2',
    'OBRX-3',
    'OB-3',
    '1BR-3',
    ' OBR-3',
    'OBR-3 ',
    'OBR-1000',
    'OBR-3.1\n',
  ])('"%s" is none, and the error says how one reads', (text) => {
    expect(parseFieldPath(text)).toMatchObject({ ok: false, error: expect.stringContaining('SEG-field.component') });
  });

  test.each(['OBR-0', 'OBR[0]-1', 'OBR-1(0)', 'OBR-1.0', 'OBR-1.1.0'])('"%s" counts from 0', (text) => {
    expect(parseFieldPath(text)).toEqual({ ok: false, error: 'the numbers of a path count from 1' });
  });

  test('is read among the segments of one order as well as in the whole message', () => {
    const { segments } = parsed(
      bytesOf(orderHeader, pid, 'ORC|NW|A', 'OBR|1|A||CT', 'ORC|NW|B', 'OBR|2|B~B2||MR^brain&x'),
    );
    const second = segments.slice(-2);
    expect([read(segments, 'OBR-4'), read(second, 'OBR-4'), read(second, 'OBR-4.2.2')]).toEqual(['CT', 'MR', 'x']);
    expect([read(segments, 'OBR[2]-2(2)'), read(second, 'OBR[2]-2')]).toEqual(['B2', '']);
    expect([read(second, 'PID-3'), read(segments, 'OBR-2(9)'), read([], 'OBR-2')]).toEqual(['', '', '']);
  });
});
