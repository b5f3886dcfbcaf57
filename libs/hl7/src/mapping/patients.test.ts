import { describe, expect, test } from '@jest/globals';
import { bytesOf, keys, pid, seg } from '../../test/helpers.ts';
import { data, events, problems } from '../../test/mapped.ts';

const adt = (event: string, ...segments: string[]): Uint8Array =>
  bytesOf(`MSH|^~\\&|ADT|HOSP|V|EX|20261123||ADT^${event}|9|P|2.5`, ...segments);

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
