import { describe, expect, test } from '@jest/globals';
import { catalogue } from '@voorrang/contracts';
import fc from 'fast-check';
import { bytesOf, fixture, parsed, pid, settings } from '../../test/helpers.ts';
import { data, events, problems } from '../../test/mapped.ts';
import { mapMessage } from './map-message.ts';

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
        events(fixture(`mesa/${name}.hl7`), { authority: 'ADT1' })
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
    ['ans-teleradiology/flux2.hl7', 'order.cancelled'],
  ])('%s gives %s', (path, types) => {
    expect(
      events(fixture(path), path.includes('A40') ? { authority: path.startsWith('ms') ? 'BCBS' : 'ADT1' } : {})
        .map(({ type }) => type)
        .join(' '),
    ).toBe(types);
  });

  test('an order with a national number alone is refused until the site keeps such numbers', () => {
    const order = fixture('ans-teleradiology/flux1.hl7');
    expect(problems(order)).toEqual(['101 PID-3']);
    expect(events(order, { dropIdentifierTypes: [] }).map(({ type }) => type)).toEqual(['order.placed']);
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
