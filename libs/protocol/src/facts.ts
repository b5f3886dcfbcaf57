import type { FactSchema } from '@voorrang/rules';

/** What a condition on an order, visit, patient and study may name: the shape of `OrderingFacts`. */
export const orderingFactSchema = {
  order: {
    priority: 'string',
    strokeCode: 'bool',
    indication: 'string',
    procedureCode: 'string',
    procedure: 'string',
  },
  visit: { patientClass: 'string', location: 'string' },
  patient: { age: 'double', sex: 'string' },
  study: { modality: 'string', bodyParts: 'list<string>', description: 'string' },
  hour: 'double',
} as const satisfies FactSchema;

/** What a condition on a detector's finding may name: the shape of `FindingFacts`. */
export const findingFactSchema = {
  ...orderingFactSchema,
  finding: {
    code: 'string',
    outcome: 'string',
    severity: 'string',
    confidence: 'double',
    location: 'string',
    measurements: 'map<string, double>',
  },
  detector: { id: 'string' },
} as const satisfies FactSchema;
