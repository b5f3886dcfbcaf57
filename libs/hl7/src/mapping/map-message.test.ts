import { describe, expect, test } from '@jest/globals';
import { catalogue } from '@voorrang/contracts';
import fc from 'fast-check';
import { bytesOf, fixture, keys, orderHeader, parsed, pid, seg, settings } from '../../test/helpers.ts';
import { locationText } from '../problem.ts';
import type { MappedEvent } from './event.ts';
import { mapMessage } from './map-message.ts';
import type { MappingSettings } from './settings.ts';

/** Every mapped event is checked against its contract on the way. */
function events(bytes: Uint8Array, more: Partial<MappingSettings> = {}): readonly MappedEvent[] {
  const mapped = mapMessage(parsed(bytes), { ...settings, ...more });
  if (!mapped.ok) throw new Error(JSON.stringify(mapped.error));
  for (const { type, data } of mapped.value.events) catalogue[type].parse(data);
  return mapped.value.events;
}
const data = (bytes: Uint8Array, more: Partial<MappingSettings> = {}): Record<string, unknown> =>
  events(bytes, more)[0]?.data as Record<string, unknown>;
function problems(bytes: Uint8Array): string[] {
  const mapped = mapMessage(parsed(bytes), settings);
  if (mapped.ok) throw new Error('mapped');
  return mapped.error.map(({ condition, location }) => `${condition} ${locationText(location)}`);
}
const adt = (event: string, ...segments: string[]): Uint8Array =>
  bytesOf(`MSH|^~\\&|ADT|HOSP|V|EX|20261123||ADT^${event}|9|P|2.5`, ...segments);

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
      data(bytesOf(orderHeader, pid, 'ORC|NW|P|F', 'OBR|1|P|F||1'), { priorityCodes: { '1': 'stat' } }).priority,
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
});

describe('patients and visits', () => {
  const key = keys.patient('HOSP', 'P1');

  test.each([
    ['A01', false],
    ['A02', false],
    ['A03', true],
    ['A04', false],
    ['A08', false],
    ['A13', false],
  ])('ADT^%s tells patient and visit, discharged %s', (event, discharged) => {
    expect(
      events(adt(event, pid, seg('PV1', { 2: 'I', 3: '3W^12^1', 19: 'V1' }))).map(({ type, key, data }) => ({
        type,
        key,
        data,
      })),
    ).toEqual([
      {
        type: 'patient.updated',
        key,
        data: { patient: { id: 'P1', authority: 'HOSP', name: 'Jansen, Jan', birthDate: '1960-01-02', sex: 'M' } },
      },
      {
        type: 'visit.changed',
        key,
        data: {
          patient: { id: 'P1', authority: 'HOSP' },
          visit: { number: 'V1', patientClass: 'inpatient', location: '3W' },
          discharged,
        },
      },
    ]);
  });

  test('without PV1 there is no visit event', () => {
    expect(events(adt('A08', pid)).map(({ type }) => type)).toEqual(['patient.updated']);
  });

  test.each([
    ['A1^^^OTHER^MR~B2^^^HOSP^MR', { id: 'B2', authority: 'HOSP' }],
    ['A1^^^OTHER^MR~B2^^^THIRD^MR', { id: 'A1', authority: 'OTHER' }],
    ['123456782^^^NAT^NNNLD~A1', { id: 'A1', authority: 'HOSP' }],
    ['A1^^^&1.2.3&ISO', { id: 'A1', authority: '1.2.3' }],
    ['A1^^^^AN~B2^^^^MR', { id: 'B2', authority: 'HOSP' }],
  ])('of the ids %s the right one is chosen', (ids, expected) => {
    expect(data(adt('A08', `PID|||${ids}`)).patient).toMatchObject(expected);
  });

  test.each([
    ['Berg&van den&Berg^Anna', 'van den Berg, Anna'],
    ['van den Berg&van den&Berg^Anna', 'van den Berg, Anna'],
    ['&de&Vries&&Jansen^Anna', 'Jansen-de Vries, Anna'],
    ['^Anna', 'Anna'],
    ['Berg', 'Berg'],
    ['Alias^A^^^^^A~Berg^Anna^^^^^L', 'Berg, Anna'],
    ['', null],
  ])('name %s reads as %s', (name, expected) => {
    expect((data(adt('A08', `PID|||1||${name}`)).patient as { name: unknown }).name).toBe(expected);
  });

  test('A40 gives one merge per pair, keyed by the survivor', () => {
    const found = events(adt('A40', pid, 'MRG|OLD1^^^HOSP', 'PID|||P2', 'PD1|', 'MRG|OLD2'));
    expect(found.map((event) => [event.type, event.key, (event.data as { prior: unknown }).prior])).toEqual([
      ['patient.merged', key, { id: 'OLD1', authority: 'HOSP' }],
      ['patient.merged', keys.patient('HOSP', 'P2'), { id: 'OLD2', authority: 'HOSP' }],
    ]);
  });

  test('A40 without MRG, of a patient into itself, and ADT without an id are refused', () => {
    expect(problems(adt('A40', pid))).toEqual(['101 MRG-1']);
    expect(problems(adt('A40', pid, 'MRG|P1'))).toEqual(['207 MRG-1']);
    expect(problems(adt('A08', 'PID|||^^^HOSP'))).toEqual(['101 PID-3']);
    expect(problems(adt('A08'))).toEqual(['101 PID-3']);
  });
});

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
});

describe('published messages', () => {
  test('the IHE chain: arrival, order, scheduling, status, cancellation, merge', () => {
    const chain = [
      'adt-101.102.a04',
      'order-101.104.o01',
      'sched-101.106.o01',
      'adt-101.130.a03',
      'status-107.112.o01',
      'order-101.188.o01x',
      'adt-101.166.a40',
    ];
    expect(
      chain.map((name) =>
        events(fixture(`mesa/${name}.hl7`))
          .map(({ type }) => type)
          .join(' '),
      ),
    ).toEqual([
      'patient.updated visit.changed',
      'order.placed',
      'order.placed',
      'patient.updated visit.changed',
      'order.changed',
      'order.cancelled',
      'patient.merged',
    ]);
    expect(data(fixture('mesa/sched-101.106.o01.hl7'))).toMatchObject({
      orderNumber: { filler: 'B101Z', placer: 'A101Z' },
      studyInstanceUid: '1.2.1',
      patient: { id: '583020', authority: 'ADT1', name: 'WHITE, CHARLES', birthDate: '1998-07-04', sex: 'M' },
      visit: { number: 'V1002', patientClass: 'emergency', location: null },
      procedure: { code: 'P1', text: 'Procedure 1', system: 'ERL_MESA' },
      modality: 'MR',
      priority: 'stat',
      status: 'scheduled',
      indication: 'xxx',
    });
  });

  test.each([
    ['python-hl7/sample_hl7.hl7', 'report.issued'],
    ['ms-fhir-converter/ORM-O01-01.hl7', 'order.placed'],
    ['ms-fhir-converter/ADT-A40-01.hl7', 'patient.merged'],
    ['ms-fhir-converter/ADT-A13-02.hl7', 'patient.updated visit.changed'],
    ['ms-fhir-converter/ORU-R01-01.hl7', 'report.issued'],
    ['dcm4che/OMI_O23-ImagingOrder.hl7', 'order.placed'],
    ['dcm4che/ORU_R01-SR.hl7', 'report.issued'],
    ['dcm4che/ADT_A40-PatientMerge.hl7', 'patient.merged'],
    ['cosyte/vendor-philips-orm-o01.hl7', 'order.placed'],
    ['cosyte/adt-a40-merge.hl7', 'patient.merged'],
    ['ans-teleradiology/flux1.hl7', 'order.placed'],
    ['ans-teleradiology/flux2.hl7', 'order.cancelled'],
  ])('%s gives %s', (path, types) => {
    expect(
      events(fixture(path))
        .map(({ type }) => type)
        .join(' '),
    ).toBe(types);
  });

  test('an order message without any order number is refused', () => {
    expect(problems(fixture('ms-fhir-converter/OMG-O19-01.hl7'))).toEqual(['101 ORC-2', '101 ORC[2]-2']);
  });

  test('details: IPC, OBX study UID, ZDS of a vendor', () => {
    expect(data(fixture('dcm4che/OMI_O23-ImagingOrder.hl7'))).toMatchObject({
      accessionNumbers: ['AccessionNumber'],
      studyInstanceUid: '1.2.392.200036.9125.0.198811291108.7',
      modality: 'CT',
    });
    expect(data(fixture('dcm4che/ORU_R01-SR.hl7'))).toMatchObject({
      status: 'final',
      studyInstanceUid: '1.2.392.200036.9125.0.198811291108.7',
    });
    expect(data(fixture('cosyte/vendor-philips-orm-o01.hl7'))).toMatchObject({
      accessionNumbers: ['AC-PH-001'],
      studyInstanceUid: '1.2.826.0.1.3680043.10.99999.20250326.7',
    });
  });
});

test.each([
  ['SIU^S12', 'P', '2.5', '200 MSH-9.1'],
  ['ORR^O02', 'P', '2.3.1', '200 MSH-9.1'],
  ['ADT^A99', 'P', '2.5', '201 MSH-9.2'],
  ['ADT^A08', 'X', '2.5', '202 MSH-11'],
  ['ADT^A08', 'P', '1.0', '203 MSH-12'],
  ['ADT^A08', 'P', '3.0', '203 MSH-12'],
])('type %s, processing id %s, version %s are rejected with %s', (type, processing, version, expected) => {
  expect(problems(bytesOf(`MSH|^~\\&|A|B|C|D|2026||${type}|1|${processing}|${version}`, pid))).toEqual([expected]);
});

test('whatever stands in the fields, mapping never throws and every event fits its contract', () => {
  const field = fc.oneof(
    fc.constantFrom('', 'NW', 'CA', 'P1^^^HOSP^MR', '20261123', '""', 'F', '^^^^^S'),
    fc.string({ maxLength: 12 }),
  );
  const segment = fc
    .tuple(
      fc.constantFrom('PID', 'PV1', 'ORC', 'OBR', 'OBX', 'TQ1', 'ZDS', 'IPC', 'MRG'),
      fc.array(field, { maxLength: 30 }),
    )
    .map(([name, fields]) => [name, ...fields.map((text) => text.replace(/[\r\n]/g, ' '))].join('|'));
  const type = fc.constantFrom('ORM^O01', 'ADT^A08', 'ADT^A40', 'ORU^R01', 'OMI^O23');
  fc.assert(
    fc.property(type, fc.array(segment, { maxLength: 8 }), (message, segments) => {
      const mapped = mapMessage(parsed(bytesOf(`MSH|^~\\&|A|B|C|D|2026||${message}|1|P|2.5`, ...segments)), settings);
      if (mapped.ok) for (const { type, data } of mapped.value.events) catalogue[type].parse(data);
      else expect(mapped.error.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});
