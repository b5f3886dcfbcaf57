import { describe, expect, test } from '@jest/globals';
import { bytesOf, keys, pid, seg } from '../../test/helpers.ts';
import { data, events, problems } from '../../test/mapped.ts';
import { type FieldPath, parseFieldPath } from '../field-path.ts';

const adt = (event: string, ...segments: string[]): Uint8Array =>
  bytesOf(`MSH|^~\\&|ADT|HOSP|V|EX|20261123||ADT^${event}|9|P|2.5`, ...segments);

const path = (text: string): FieldPath => {
  const parsed = parseFieldPath(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};

describe('patients and visits', () => {
  const key = keys.patient('HOSP', 'P1');

  test.each([
    ['A01', false],
    ['A02', false],
    ['A03', true],
    ['A04', false],
    ['A08', false],
    ['A05', false],
    ['A06', false],
    ['A07', false],
    ['A12', false],
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
    ['BSN and a bare number', '123456782^^^NAT^NNNLD~B2', {}, 'B2@HOSP'],
    ['a national number of any country', '1^^^A^NNBEL~2^^^B^NNDEU~3^^^C^NI~4^^^D^SS~5^^^E^MR', {}, '5@E'],
    ['a site that wants the number', '123456782^^^NAT^NNNLD', { dropIdentifierTypes: [] }, '123456782@NAT'],
    ['a type that the site drops', '1^^^HOSP^XX~2^^^HOSP^YY', { dropIdentifierTypes: ['xx'] }, '2@HOSP'],
    ['an authority that is not kept', '1^^^OTHER~2^^^LAB', { keepAuthorities: ['HOSP', 'LAB'] }, '2@LAB'],
    ['a bare number where authorities are kept', '1', { keepAuthorities: ['HOSP'] }, '1@HOSP'],
    ['an alias of a name', '1^^^ziekenhuis', { codes: { authority: { ZIEKENHUIS: 'HOSP' } } }, '1@HOSP'],
    ['an alias of an OID', '1^^^LAB&2.16.1&ISO', { codes: { authority: { '2.16.1': 'HOSP' } } }, '1@HOSP'],
    ['an alias that makes it the own', '9^^^LAB~1^^^X', { codes: { authority: { X: 'HOSP' } } }, '1@HOSP'],
    ['an alias that is kept', '1^^^X', { keepAuthorities: ['LAB'], codes: { authority: { X: 'LAB' } } }, '1@LAB'],
  ])('%s', (_what, ids, more, expected) => {
    const { id, authority } = data(adt('A08', `PID|||${ids}`), more).patient as { id: string; authority: string };
    expect(`${id}@${authority}`).toBe(expected);
  });

  test('before v2.3 the id may stand in PID-2 or PID-4, and only then counts', () => {
    expect(data(adt('A08', 'PID||E1||A1')).patient).toMatchObject({ id: 'E1' });
    expect(data(adt('A08', 'PID||||A1')).patient).toMatchObject({ id: 'A1' });
    expect(data(adt('A08', 'PID||E1|I1|A1')).patient).toMatchObject({ id: 'I1' });
    expect(problems(adt('A08', 'PID||123456782|123456782^^^NAT^NNNLD'))).toEqual(['101 PID-3']);
  });

  test.each([
    ['Berg&van den&Berg^Anna', 'van den Berg, Anna'],
    ['van den Berg&van den&Berg^Anna', 'van den Berg, Anna'],
    ['&de&Vries&&Jansen^Anna', 'Jansen-de Vries, Anna'],
    ['^Anna', 'Anna'],
    ['Berg', 'Berg'],
    ['Berg&van den^Anna', 'van den Berg, Anna'],
    ['VAN DEN BERG&van den&Berg^Anna', 'VAN DEN BERG, Anna'],
    ['Vries-Berg&van den&Berg&de&Vries^Anna', 'de Vries-van den Berg, Anna'],
    ['de Vries-van den Berg&van den&Berg&de&Vries^Anna', 'de Vries-van den Berg, Anna'],
    ['Peeters-Janssens&&Peeters&&Janssens^Anne^Marie', 'Peeters-Janssens, Anne Marie'],
    ['Bergman&van den&Berg^Anna', 'Bergman, Anna'],
    ['&van den&Berg^Anna', 'van den Berg, Anna'],
    ['Berg^Anna^^^dr.', 'Berg, Anna'],
    ['Smit^Anna^^^^^M~Berg^Anna^^^^^D', 'Berg, Anna'],
    ['Smit^Anna^^^^^D~Berg^Anna^^^^^L', 'Berg, Anna'],
    ['Smit^Anna^^^^^N~Berg^Anna', 'Berg, Anna'],
    ['^^^^^^L~Berg^Anna^^^^^M', 'Berg, Anna'],
    ['Zus^Anna^^^^^N', 'Zus, Anna'],
    ['""', null],
    ['Alias^A^^^^^A~Berg^Anna^^^^^L', 'Berg, Anna'],
    ['', null],
  ])('name %s reads as %s', (name, expected) => {
    expect((data(adt('A08', `PID|||1||${name}`)).patient as { name: unknown }).name).toBe(expected);
  });

  test.each(['A11', 'A38'])('ADT^%s says that the stay never was: it ends, and its place says nothing', (event) => {
    const visit = (pv1: string) =>
      events(adt(event, pid, pv1))
        .slice(1)
        .map(({ data }) => data);
    expect(visit(seg('PV1', { 2: 'I', 3: '3W', 19: 'V1' }))).toMatchObject([
      { visit: { number: 'V1', patientClass: null, location: null }, discharged: true },
    ]);
    expect(visit(seg('PV1', { 2: 'I', 3: '3W' }))).toEqual([]);
  });

  test.each(['A28', 'A31'])('ADT^%s is about the person, whatever PV1 says', (event) => {
    expect(events(adt(event, pid, 'PV1||N|3W')).map(({ type }) => type)).toEqual(['patient.updated']);
  });

  test.each([
    ['N', null],
    ['U', null],
    ['e', 'emergency'],
    ['B', 'inpatient'],
    ['C', 'other'],
    ['SEH', 'emergency'],
    ['seh', 'emergency'],
    ['""', null],
  ])('class %s reads as %s', (code, expected) => {
    const codes = { patientClass: { SEH: 'emergency' } } as const;
    const [, visit] = events(adt('A08', pid, `PV1||${code}|||||||||||||||||V1`), { codes });
    expect(visit?.data).toMatchObject({ visit: { number: 'V1', patientClass: expected } });
  });

  test('the explicit null says nothing and deletes nothing', () => {
    expect(events(adt('A08', 'PID|||P1||""||""|""', 'PV1||""|""||||||||||||||||""')).map(({ data }) => data)).toEqual([
      { patient: { id: 'P1', authority: 'HOSP', name: null, birthDate: null, sex: null } },
    ]);
    expect(data(adt('A08', 'PID|||""~P1||Jansen^""')).patient).toMatchObject({ id: 'P1', name: 'Jansen' });
  });

  test('a sender may have place, class and visit elsewhere', () => {
    const fields = {
      location: [path('PV1-11'), path('ZPV-2.1')],
      patientClass: [path('ZPV-1')],
      visitNumber: [path('PID-18')],
    };
    const message = adt('A08', `${pid}||||||||||N77^^^HOSP`, 'PV1||I|3W||||||||""', 'ZPV|E|SEH^4');
    expect(events(message, { fields })[1]?.data).toMatchObject({
      visit: { number: 'N77', patientClass: 'emergency', location: 'SEH' },
    });
  });

  test.each([
    ['19600102', '1960-01-02'],
    ['20261123', '2026-11-23'],
    ['18850101', '1885-01-01'],
    ['10131113', null],
    ['20270101', null],
    ['1960', null],
    ['19600000', null],
  ])('born %s reads as %s', (text, expected) => {
    expect((data(adt('A08', `PID|||1||||${text}`)).patient as { birthDate: unknown }).birthDate).toBe(expected);
  });

  test('an ADT without an id is refused', () => {
    expect(problems(adt('A08', 'PID|||^^^HOSP'))).toEqual(['101 PID-3']);
    expect(problems(adt('A08'))).toEqual(['101 PID-3']);
  });
});
