import { expect, test } from '@jest/globals';
import type { StoredObject } from '@voorrang/dicom';
import { keys } from '../../test/builders.ts';
import { noContent } from './evidence-content.ts';
import { dicomSource, factOfObject } from './fact-of-object.ts';

type Header = StoredObject['header'];

const object = (patient: Header['patient'], isEvidence = false): StoredObject =>
  ({
    peer: { callingAe: 'EXCT1', calledAe: 'VOORRANG' },
    digest: '00',
    header: { studyInstanceUid: '1.2', accessionNumbers: [], patient, equipment: {}, isEvidence },
  }) as unknown as StoredObject;

const told = (patient: Header['patient'], isEvidence = false) =>
  factOfObject(object(patient, isEvidence), {
    sender: { callingAe: 'EXCT1', site: 'EX', authority: 'EXHOSP', known: true, accepted: true },
    source: dicomSource,
    keys,
    traceparent: undefined,
    told: noContent,
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

test('evidence tells its patient as an image does', () => {
  expect(told(patient, true)).toMatchObject({
    patient: { id: 'P1', authority: 'EXHOSP' },
    patientAuthorityAssumed: true,
    accessionNumbers: [],
    content: null,
    contentRef: null,
  });
});
