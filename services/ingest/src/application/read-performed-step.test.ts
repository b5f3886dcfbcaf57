import { describe, expect, test } from '@jest/globals';
import type { DicomJson } from '@voorrang/dicom';
import { readPerformedStep } from './read-performed-step.ts';

const createdFor = (studies: number): DicomJson => ({
  '00400252': { vr: 'CS', Value: ['IN PROGRESS'] },
  '00400270': {
    vr: 'SQ',
    Value: Array.from({ length: studies }, (_, index) => ({ '0020000D': { vr: 'UI', Value: [`1.2.${index}`] } })),
  },
});

describe('a procedure step for several studies', () => {
  test('may be for as many as a group of requests ever is', () => {
    const read = readPerformedStep('N-CREATE', createdFor(16), 'EX');
    expect(read.ok && read.value.operation === 'N-CREATE' && read.value.step.studies).toHaveLength(16);
  });

  test('is refused for more: each of them is told all of the images, a megabyte would become gigabytes of facts', () => {
    const sequence = 'Scheduled Step Attributes Sequence (0040,0270)';
    expect(readPerformedStep('N-CREATE', createdFor(17), 'EX')).toEqual({
      ok: false,
      error: { problem: 'invalid-value', attribute: sequence },
    });
  });

  test('counts studies, not items: several requests for one study are one', () => {
    const items = createdFor(1)['00400270']?.Value ?? [];
    const repeated = { vr: 'SQ', Value: Array.from({ length: 40 }, () => items[0] ?? null) };
    expect(readPerformedStep('N-CREATE', { ...createdFor(1), '00400270': repeated }, 'EX').ok).toBe(true);
  });
});

test('a modality that is longer than a code can be is cut as that of an image is: no reader takes it in a settled study', () => {
  const modality = { vr: 'CS', Value: ['COMPUTED TOMOGRAPHY'] };
  const series = { '0020000E': { vr: 'UI', Value: ['1.2.3'] }, '00080060': modality };
  const dataSet = { ...createdFor(1), '00080060': modality, '00400340': { vr: 'SQ', Value: [series] } };
  for (const operation of ['N-CREATE', 'N-SET'] as const) {
    const read = readPerformedStep(operation, dataSet, 'EX');
    expect(read).toMatchObject({
      value: { step: { modality: 'COMPUTED TOMOGRA' }, series: [{ modality: 'COMPUTED TOMOGRA' }] },
    });
  }
});
