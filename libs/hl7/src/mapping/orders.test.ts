import { describe, expect, test } from '@jest/globals';
import { bytesOf, keys, orderHeader, parsed, pid, seg, settings } from '../../test/helpers.ts';
import { data, events, problems } from '../../test/mapped.ts';
import { type FieldPath, parseFieldPath } from '../field-path.ts';
import { locationText } from '../problem.ts';
import { mapMessage } from './map-message.ts';

describe('orders', () => {
  test('a full order gives every field', () => {
    const [event] = events(
      bytesOf(
        orderHeader,
        'PID|||999^^^NAT^NNNLD~P1^^^HOSP^MR||Dijk&van&Dijk^Jan^Pieter||19600102|M',
        seg('PV1', { 2: 'E', 3: 'SEH^3^1', 19: 'V77^^^HOSP' }),
        seg('ORC', { 1: 'NW', 2: 'PL1^EPD', 3: 'FL1^RIS', 5: 'SC', 7: '^^^20261123^^S', 9: '20261123210000+0100' }),
        seg('TQ1', { 1: '1', 9: 'A' }),
        seg('OBR', {
          2: 'PL1',
          3: 'FL1',
          4: 'CTBRAIN^CT brain^L',
          13: 'Trauma',
          15: 'HEAD^^^BRAIN&Brain',
          18: 'ACC9',
          24: 'CT',
          31: 'FALL^Fall, GCS 15',
        }),
        'ZDS|1.2.3.4^100^Application^DICOM',
      ),
    );
    expect(event).toEqual({
      type: 'order.placed',
      source: 'hl7',
      site: 'EX',
      key: keys.order('EX', 'FL1'),
      data: {
        orderNumber: { filler: 'FL1', placer: 'PL1' },
        accessionNumbers: ['ACC9'],
        studyInstanceUid: '1.2.3.4',
        patient: { id: 'P1', authority: 'HOSP', name: 'van Dijk, Jan Pieter', birthDate: '1960-01-02', sex: 'M' },
        visit: { number: 'V77', patientClass: 'emergency', location: 'SEH' },
        procedure: { code: 'CTBRAIN', text: 'CT brain', system: 'L' },
        modality: 'CT',
        bodyPart: 'Brain',
        indication: 'Fall, GCS 15',
        priority: 'asap',
        strokeCode: null,
        status: 'scheduled',
        requestedAt: Date.UTC(2026, 10, 23, 20, 0),
      },
    });
  });

  test.each([
    ['NW', '', 'order.placed', null],
    ['NW', 'SC', 'order.placed', 'scheduled'],
    ['SN', '', 'order.placed', null],
    ['XO', 'CM', 'order.changed', 'completed'],
    ['SC', 'IP', 'order.changed', 'in-progress'],
    ['SC', 'DC', 'order.changed', 'discontinued'],
    ['XO', 'QQ', 'order.changed', null],
    ['QQ', 'CM', 'order.changed', null],
    ['', '', 'order.changed', null],
  ])('ORC-1 %s with ORC-5 %s gives %s', (control, status, type, expected) => {
    const found = events(bytesOf(orderHeader, pid, `ORC|${control}|P|F||${status}`, 'OBR|1|P|F'));
    expect(found).toMatchObject([{ type, data: { status: expected } }]);
  });

  test.each([
    ['CA', ''],
    ['DC', ''],
    ['OC', 'CA'],
    ['SC', 'CA'],
  ])('ORC-1 %s with ORC-5 %s cancels', (control, status) => {
    expect(events(bytesOf(orderHeader, `ORC|${control}|P|F||${status}`))).toEqual([
      {
        type: 'order.cancelled',
        source: 'hl7',
        site: 'EX',
        key: keys.order('EX', 'F'),
        data: { orderNumber: { filler: 'F', placer: 'P' }, accessionNumbers: ['F'] },
      },
    ]);
  });

  test('an unknown pair is taken with a warning that names the place', () => {
    const mapped = mapMessage(
      parsed(bytesOf(orderHeader, pid, 'ORC|NW|P0', 'OBR|1|P0', 'ORC|QQ|P', 'OBR|1|P')),
      settings,
    );
    expect(mapped.ok && mapped.value.warnings.map(({ location }) => locationText(location))).toEqual(['ORC[2]-1']);
  });

  test('several orders of one message each give an event, a single ZDS holds for all', () => {
    const found = events(
      bytesOf(orderHeader, pid, 'ORC|NW|A|1', 'OBR|1|A|1|X', 'ORC|NW|B|2', 'OBR|2|B|2|Y', 'OBR|3|C|3|Z', 'ZDS|1.2.9'),
    );
    expect(found.map(({ key }) => key)).toEqual(['1', '2', '3'].map((number) => keys.order('EX', number)));
    expect(found.map((event) => (event.data as { studyInstanceUid: unknown }).studyInstanceUid)).toEqual([
      '1.2.9',
      '1.2.9',
      '1.2.9',
    ]);
  });

  test('without a filler number the placer number makes the key', () => {
    expect(events(bytesOf(orderHeader, pid, 'ORC|NW|A1'))[0]?.key).toBe(keys.order('EX', 'placer:A1'));
  });

  test.each([
    ['TQ1-9', ['ORC|NW|P|F||||^^^^^R', seg('TQ1', { 9: 'S' }), seg('OBR', { 2: 'P', 5: 'A' })], 'stat'],
    ['ORC-7.6', ['ORC|NW|P|F||||^^^^^P', seg('OBR', { 2: 'P', 5: 'A', 27: '^^^^^T' })], 'preoperative'],
    ['OBR-27.6', ['ORC|NW|P|F', seg('OBR', { 2: 'P', 5: 'A', 27: '^^^^^T' })], 'timing-critical'],
    ['OBR-5', ['ORC|NW|P|F', 'OBR|1|P|F||ROUTINE'], 'routine'],
    ['the next place after an unknown code', ['ORC|NW|P|F||||^^^^^ZZ', 'OBR|1|P|F||c'], 'callback'],
    ['nowhere', ['ORC|NW|P|F', 'OBR|1|P|F'], null],
  ])('priority from %s', (_, segments, expected) => {
    expect(data(bytesOf(orderHeader, pid, ...segments)).priority).toBe(expected);
  });

  test('a site may name its own priority codes', () => {
    expect(
      data(bytesOf(orderHeader, pid, 'ORC|NW|P|F', 'OBR|1|P|F||1'), { codes: { priority: { '1': 'stat' } } }).priority,
    ).toBe('stat');
  });

  test.each([
    ['IPC-1', [seg('OBR', { 2: 'P', 18: 'ACC' }), 'IPC|I1||1.2.7', 'IPC|I2', 'IPC|I1'], ['I1', 'I2']],
    ['OBR-18', [seg('OBR', { 2: 'P', 3: 'F', 18: 'ACC' })], ['ACC']],
    ['OBR-3', ['OBR|1|P|F'], ['F']],
  ])('accession numbers from %s', (_, segments, expected) => {
    expect(data(bytesOf(orderHeader, pid, 'ORC|NW|P|F', ...segments)).accessionNumbers).toEqual(expected);
  });

  test.each([
    [{ 31: 'X^Code Stroke, li. hemiparese' }, true],
    [{ 4: 'CTSC^CT stroke-code' }, true],
    [{ 4: 'CT^CT', 13: 'STROKE CODE' }, true],
    [{ 5: 'STROKECODE' }, true],
    [{ 13: 'oude stroke, codeine' }, null],
    [{ 4: 'CT^CT' }, null],
  ])('stroke code of %j is %s', (fields, expected) => {
    expect(data(bytesOf(orderHeader, pid, 'ORC|NW|P|F', seg('OBR', fields))).strokeCode).toBe(expected);
  });

  test('text is cut at 1024 characters and never in the middle of a pair', () => {
    const long = `${'a'.repeat(1023)}\u{1F600}b`;
    expect(data(bytesOf(orderHeader, pid, 'ORC|NW|P|F', seg('OBR', { 13: long }))).indication).toBe('a'.repeat(1023));
  });

  test('what a message does not say is null, bad values are not taken over', () => {
    const found = data(
      bytesOf(
        orderHeader,
        'PID|||P1||^^||19991332|?',
        seg('ORC', { 1: 'XO', 2: 'P', 9: '99999999' }),
        seg('OBR', { 2: 'P', 24: 'RAD' }),
        'ZDS|not a uid',
      ),
    );
    expect(found).toEqual({
      orderNumber: { filler: null, placer: 'P' },
      accessionNumbers: [],
      studyInstanceUid: null,
      patient: { id: 'P1', authority: 'HOSP', name: null, birthDate: null, sex: null },
      visit: null,
      procedure: null,
      modality: null,
      bodyPart: null,
      indication: null,
      priority: null,
      strokeCode: null,
      status: null,
      requestedAt: null,
    });
  });

  test.each([
    [[pid], '101 ORC'],
    [[pid, 'ORC|NW', 'OBR|1'], '101 ORC-2'],
    [[pid, 'ORC|NW|A', 'ORC|NW'], '101 ORC[2]-2'],
    [['ORC|NW|A'], '101 PID-3'],
    [['PID|||1^^^X^NNNLD', 'ORC|NW|A'], '101 PID-3'],
  ])('%j is refused with %s', (segments, expected) => {
    expect(problems(bytesOf(orderHeader, ...segments))).toEqual([expected]);
  });

  test('a sender may put accession number, UID and priority where it likes', () => {
    const fields = {
      accessionNumber: [path('ZOR-2'), path('OBR-20')],
      studyInstanceUid: [path('ZOR-3')],
      priority: [path('ZOR-4')],
    };
    const message = bytesOf(
      orderHeader,
      pid,
      ...['ORC|NW|P1|F1', 'OBR|1|P1|F1||S|||||||||||||OTHER||R1', 'ZOR|1|A1|1.2.3|stat', 'ZOR|2|A2', 'ZDS|9.9'],
      ...['ORC|NW|P2|F2', 'OBR|1|P2|F2|||||||||||||||OTHER||R2', 'ZOR|1|""|not a uid|unheard of'],
    );
    expect(events(message, { fields }).map(({ data }) => data)).toMatchObject([
      { accessionNumbers: ['A1', 'A2'], studyInstanceUid: '1.2.3', priority: 'stat' },
      { accessionNumbers: ['R2'], studyInstanceUid: null, priority: null },
    ]);
  });

  test('codes of the sender come before those of the tables', () => {
    const codes = { priority: { r: 'stat', '1': 'asap' }, modality: { ro: 'CR' } } as const;
    const message = (priority: string, modality: string) =>
      bytesOf(orderHeader, pid, 'ORC|NW|P|F', seg('OBR', { 2: 'P', 3: 'F', 5: priority, 24: modality }));
    expect(data(message('R', 'RO'), { codes })).toMatchObject({ priority: 'stat', modality: 'CR' });
    expect(data(message('1', 'CT'), { codes })).toMatchObject({ priority: 'asap', modality: 'CT' });
    expect(data(message('A', 'XX'), { codes })).toMatchObject({ priority: 'asap', modality: null });
  });

  test('neither the group nor the parent of an order is its number', () => {
    expect(
      problems(bytesOf(orderHeader, pid, seg('ORC', { 1: 'NW', 4: 'GROUP', 8: 'PARENT^FILLER' }), 'OBR|1')),
    ).toEqual(['101 ORC-2']);
    const child = (own: string) =>
      events(bytesOf(orderHeader, pid, seg('ORC', { 1: 'CH', 2: own, 4: 'GROUP', 8: 'PARENT' }), `OBR|1|${own}`))[0]
        ?.key;
    expect([child('C1'), child('C2')]).toEqual([keys.order('EX', 'placer:C1'), keys.order('EX', 'placer:C2')]);
  });

  test('a denied cancellation puts the order back, with or without its patient', () => {
    expect(events(bytesOf(orderHeader, 'ORC|UC|P|F||SC'))).toMatchObject([
      { type: 'order.placed', key: keys.order('EX', 'F'), data: { patient: null, status: 'scheduled' } },
    ]);
  });

  test('previous results that go along with an order are no orders', () => {
    const omg = orderHeader.replace('ORM^O01^ORM_O01', 'OMG^O19^OMG_O19');
    const prior = ['PID|||OTHER', 'OBR|1|OLD1|OLD1', 'OBX|1|TX|||x', 'ORC|PR|OLD2|OLD2', 'OBR|1|OLD2|OLD2'];
    const found = events(
      bytesOf(omg, pid, 'ORC|NW|P1|F1', 'OBR|1|P1|F1', ...prior, pid, 'ORC|NW|P2|F2', 'OBR|1|P2|F2'),
    );
    expect(found.map(({ key }) => key)).toEqual([keys.order('EX', 'F1'), keys.order('EX', 'F2')]);
  });
});

const path = (text: string): FieldPath => {
  const parsed = parseFieldPath(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};
