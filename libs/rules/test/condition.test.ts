import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { comparedTexts, compileCondition, explain, type FactSchema } from '../src/index.ts';

const schema = {
  patient: { age: 'double', sex: 'string' },
  study: { modality: 'string', bodyParts: 'list<string>' },
  finding: { code: 'string', measurements: 'map<string, double>' },
  order: { strokeCode: 'bool' },
  hour: 'double',
} as const satisfies FactSchema;

const facts = {
  patient: { age: 40, sex: 'M' },
  study: { modality: 'CT', bodyParts: ['HEAD', 'NECK'] },
  finding: { code: 'PE', measurements: { RV_LV_RATIO: 1.2 } },
  order: { strokeCode: true },
  hour: 3,
};

const compiled = (text: string) => {
  const result = compileCondition<unknown>(text, schema);
  if (!result.ok) throw new Error(`${result.error.message} at ${result.error.line}:${result.error.column}`);
  return result.value;
};
const problem = (text: string) => {
  const result = compileCondition<unknown>(text, schema);
  return result.ok ? undefined : result.error;
};

describe('a condition', () => {
  test.each([
    ['patient.age >= 18', true],
    ['patient.age == 40', true],
    ['patient.age in [40.0, 41.0]', true],
    ['hour < 7 || hour >= 18', true],
    ['order.strokeCode && study.modality == "MR"', false],
    ['study.bodyParts.exists(p, p.lowerAscii() in ["head", "brain"])', true],
    ['study.bodyParts.exists(p, p.contains("CHEST"))', false],
    ['"RV_LV_RATIO" in finding.measurements && finding.measurements["RV_LV_RATIO"] >= 1', true],
    ['has(finding.measurements.RV_LV_RATIO) && finding.measurements.RV_LV_RATIO > 1.5', false],
  ])('%s comes to %s', (text, value) => {
    expect(compiled(text).evaluate(facts)).toEqual({ ok: true, value });
  });

  test('that names an unknown field is refused with the line and column of that field', () => {
    expect(problem('study.modality == "CT"\n  && patient.agee > 1')).toEqual({
      message: 'No such key: agee',
      line: 2,
      column: 14,
    });
  });

  test('that names an unknown variable is refused', () => {
    expect(problem('now > 3')).toMatchObject({ message: 'Unknown variable: now', line: 1, column: 1 });
  });

  test('that does not parse is refused with the place', () => {
    expect(problem('patient.age >\n &&')).toMatchObject({ line: 2, column: 2 });
  });

  test('that mixes types is refused', () => {
    expect(problem('patient.sex == 1')?.message).toContain('string == int');
    expect(problem('patient.age in [40]')?.message).toContain('decimal point');
  });

  test('that comes to something else than true or false is refused', () => {
    expect(problem('patient.age')?.message).toBe('comes to double, must come to true or false');
  });

  test.each([
    'study.modality.matches("^(a+)+$")',
    'dyn(study.modality) == 1',
    'timestamp("2026-01-01T00:00:00Z") < timestamp("2026-01-02T00:00:00Z")',
    'study.modality.split("")[0] == "C"',
    'order.strokeCode && study.bodyParts.exists(p, p.matches("x"))',
  ])('that calls what is not on the list is refused: %s', (text) => {
    expect(problem(text)?.message).toContain('is not allowed in a condition');
  });

  test('that is too large, too deep or loops too deeply is refused', () => {
    expect(problem(Array(200).fill('hour < 7').join(' || '))).toBeDefined();
    expect(problem(`${'('.repeat(40)}hour < 7${')'.repeat(40)}`)).toBeDefined();
    expect(problem('x'.repeat(5_000))?.message).toContain('longer than');
    const loop = 'study.bodyParts.exists(a, study.bodyParts.exists(b, study.bodyParts.exists(c, a == b && b == c)))';
    expect(problem(loop)?.message).toContain('too deeply');
  });

  test('whose evaluation fails gives an error that holds no value of the facts', () => {
    expect(compiled('study.bodyParts[7] == "A"').evaluate(facts)).toEqual({ ok: false, error: 'index_out_of_bounds' });
    expect(compiled('finding.measurements["X"] > 1').evaluate(facts)).toEqual({ ok: false, error: 'no_such_key' });
  });

  test('never throws, whatever the text and the facts', () => {
    const piece = fc.constantFrom(
      'patient',
      '.',
      'age',
      '(',
      ')',
      '&&',
      '||',
      '!',
      '"x"',
      '1',
      'exists',
      'in',
      '[',
      ']',
      '\n',
      '==',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.anything(), (parts, anything) => {
        const result = compileCondition<unknown>(parts.join(' '), schema);
        if (result.ok) expect(typeof result.value.evaluate(anything).ok).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });
});

test('an explanation says which parts held', () => {
  const condition = compiled(
    'order.strokeCode && (study.modality == "MR" || !(hour > 7)) && study.bodyParts[9] == "A"',
  );
  const told = explain(condition, schema, facts);
  expect(told).toMatchObject({ kind: 'all', held: undefined });
  expect(told.parts.map(({ kind, held }) => ({ kind, held }))).toEqual([
    { kind: 'test', held: true },
    { kind: 'any', held: true },
    { kind: 'test', held: undefined },
  ]);
  expect(told.parts[1]?.parts.map(({ text, held }) => ({ text, held }))).toEqual([
    { text: 'study.modality == "MR"', held: false },
    { text: expect.stringContaining('hour > 7'), held: true },
  ]);
});

test('the texts that a condition compares facts with can be listed', () => {
  const text = '(finding.code == "PE" || "LVO" == finding.code) && patient.sex in ["M", "F"] && hour > 1';
  expect(comparedTexts(text, schema)).toEqual(
    expect.arrayContaining([
      { fact: 'finding.code', text: 'PE' },
      { fact: 'finding.code', text: 'LVO' },
      { fact: 'patient.sex', text: 'M' },
      { fact: 'patient.sex', text: 'F' },
    ]),
  );
});
