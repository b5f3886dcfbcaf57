import { describe, expect, test } from '@jest/globals';
import { bytesOf, keys, pid, seg } from '../../test/helpers.ts';
import { data, events, problems } from '../../test/mapped.ts';

describe('reports', () => {
  const oru = (...segments: string[]): Uint8Array =>
    bytesOf('MSH|^~\\&|RIS|HOSP|V|EX|20261123||ORU^R01|7|P|2.5', pid, ...segments);
  const obr = (status: string): string =>
    seg('OBR', { 2: 'P', 3: 'F', 4: 'CT^CT', 18: 'ACC', 22: '20261123220000', 24: 'CT', 25: status });

  test.each([
    ['F', 'final'],
    ['P', 'preliminary'],
    ['C', 'corrected'],
    ['A', 'addendum'],
    ['X', 'cancelled'],
  ])('OBR-25 %s is %s', (code, status) => {
    expect(events(oru(obr(code)))).toMatchObject([
      {
        type: 'report.issued',
        key: keys.order('EX', 'F'),
        data: { status, accessionNumbers: ['ACC'], issuedAt: Date.UTC(2026, 10, 23, 21, 0) },
      },
    ]);
  });

  test('without OBR-25 the least settled OBX-11 speaks', () => {
    expect(data(oru('OBR|1|P|F', seg('OBX', { 11: 'F' }), seg('OBX', { 11: 'P' }))).status).toBe('preliminary');
    expect(data(oru('OBR|1|P|F', seg('OBX', { 11: 'F' }))).status).toBe('final');
  });

  test('several OBR of one order are one report, as settled as the least of them', () => {
    expect(events(oru(obr('F'), obr('P')))).toHaveLength(1);
    expect(data(oru(obr('F'), obr('P'))).status).toBe('preliminary');
  });

  test('that a result is only ordered or scheduled is no report', () => {
    expect(events(oru(obr('S')))).toEqual([]);
  });

  test('an unknown status, no order number and no OBR are refused', () => {
    expect(problems(oru(obr('?')))).toEqual(['103 OBR-25']);
    expect(problems(oru('OBR|1'))).toEqual(['101 OBR-2']);
    expect(problems(oru())).toEqual(['101 OBR']);
  });

  test('no word of the report is in the event', () => {
    expect(JSON.stringify(events(oru(obr('F'), 'OBX|1|TX|||Secret bleeding||||||F')))).not.toContain('Secret');
  });

  test('each report of a message with several patients is of its own patient', () => {
    const oru = 'MSH|^~\\&|RIS|HOSP|V|EX|20261123||ORU^R01|1|P|2.5';
    const found = events(
      bytesOf(oru, 'PID|||P1', 'OBR|1|A|A', 'OBX|1|TX|||x||||||F', 'PID|||P2', 'OBR|1|B|B', 'OBX|1|TX|||x||||||F'),
    );
    expect(found.map(({ data }) => data)).toMatchObject([{ patient: { id: 'P1' } }, { patient: { id: 'P2' } }]);
  });
});
