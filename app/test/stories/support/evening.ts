import type { CtObject } from './dicom.ts';
import type { OrderMessage } from './mllp.ts';

/** Words that stand for a patient in every input of the stories; none of them may leave through a page, log, metric or URL. */
export const canaries = ['Kanariepiet', 'Zangvogel', 'PIET-0001', 'PIET-0005'] as const;

const root = '1.2.826.0.1.3680043.10.999';

type Case = { readonly uid: string; readonly order: OrderMessage; readonly objects: readonly CtObject[] };

function makeCase(
  n: number,
  order: Pick<OrderMessage, 'patientClass' | 'location' | 'priority' | 'procedure'> & { readonly indication?: string },
): Case {
  const uid = `${root}.${n}`;
  const patientId = `PIET-000${n}`;
  const accession = `ACC000${n}`;
  const identity = { patientId, name: `Kanariepiet^Zangvogel${n}`, accession };
  return {
    uid,
    order: { controlId: `ORD${n}`, filler: `F000${n}`, visit: `V000${n}`, ...identity, ...order },
    objects: [1, 2].map((instance) => ({
      studyInstanceUid: uid,
      series: 1,
      instance,
      ...identity,
      bodyPart: 'HEAD',
      description: order.procedure,
    })),
  };
}

/**
 * Five studies whose expected order by the example protocol is their order here: two by human order in band 0 (due before anything that AI raises later),
 * one of the emergency department, one of a ward, one out-patient. The later positive run is on the out-patient.
 */
export const cases: readonly Case[] = [
  makeCase(1, {
    patientClass: 'E',
    location: 'SEH',
    priority: 'S',
    procedure: 'CT hersenen',
    indication: 'stroke code',
  }),
  makeCase(2, {
    patientClass: 'E',
    location: 'TRAUMA',
    priority: 'S',
    procedure: 'CT trauma',
    indication: 'traumaopvang',
  }),
  makeCase(3, { patientClass: 'E', location: 'SEH', priority: 'R', procedure: 'CT hersenen', indication: 'hoofdpijn' }),
  makeCase(4, { patientClass: 'I', location: 'A4', priority: 'R', procedure: 'CT hersenen', indication: 'controle' }),
  makeCase(5, {
    patientClass: 'O',
    location: 'POLI',
    priority: 'R',
    procedure: 'CT hersenen',
    indication: 'hoofdpijn',
  }),
];

export const outPatient = cases[4] as Case;
export const ward = cases[3] as Case;

/** A run of the example ICH detector as its maker would post it. */
export const ichRun = (
  resultId: string,
  uid: string,
  outcome: 'positive' | 'negative',
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  resultId,
  detector: { id: 'example-ich', version: '1.0.0' },
  studyInstanceUid: uid,
  status: 'completed',
  findings: [{ finding: 'ICH', outcome, confidence: 0.94, ...(outcome === 'positive' ? { severity: 'high' } : {}) }],
  producedAt: new Date().toISOString(),
  ...more,
});
