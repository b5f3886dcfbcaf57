import { expect, test } from '@jest/globals';
import type { StoredObject } from '@voorrang/dicom';
import { keys } from '../../test/builders.ts';
import { factOfObject } from './fact-of-object.ts';

type Header = StoredObject['header'];

const object = (patient: Header['patient']): StoredObject =>
  ({
    peer: { callingAe: 'EXCT1', calledAe: 'VOORRANG' },
    digest: '00',
    header: { studyInstanceUid: '1.2', accessionNumbers: [], patient, equipment: {}, isEvidence: false },
  }) as unknown as StoredObject;

const told = (patient: Header['patient']) =>
  factOfObject(object(patient), {
    sender: { site: 'EX', authority: 'EXHOSP' },
    keys,
    traceparent: undefined,
  }).data;

const patient = { id: 'P1', issuer: null, name: 'Jansen, Jan', birthDate: null, sex: null };

test('an id without issuer is of the authority of the sender, and said to be assumed', () => {
  expect(told(patient)).toMatchObject({
    patient: { id: 'P1', authority: 'EXHOSP' },
    patientAuthorityAssumed: true,
  });
});

test('an issuer that is stated is taken as it is', () => {
  const data = told({ ...patient, issuer: 'NORTH' });
  expect(data).toMatchObject({ patient: { authority: 'NORTH' } });
  expect(data).not.toHaveProperty('patientAuthorityAssumed');
  expect(told(null)).not.toHaveProperty('patientAuthorityAssumed');
});
