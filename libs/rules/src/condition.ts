import { EvaluationError, type ParseResult } from '@marcbachmann/cel-js';
import { err, ok, type Result } from '@voorrang/kernel';
import { environmentOf, type FactSchema } from './fact-schema.ts';
import { refusalOf } from './vet.ts';

/** What a condition came to. `error` names the kind of failure and never a value of the facts. */
export type Evaluation =
  | { readonly ok: true; readonly value: boolean }
  | { readonly ok: false; readonly error: string };

/** A compiled condition. Evaluation is pure; a failure is a value, never a throw. */
export type Condition<Facts> = { readonly text: string; readonly evaluate: (facts: Facts) => Evaluation };

/** Where a condition is at fault; `line` and `column` count from 1 within its text. */
export type ConditionProblem = { readonly message: string; readonly line: number; readonly column: number };

/** Longest condition that is looked at. */
const maxLength = 4_000;

/**
 * Parses and type-checks one condition of a policy (Common Expression Language, the part that `vet.ts` allows).
 * It must come to true or false for every fact that the schema names; unknown variables, fields, functions and mixed types are refused here.
 */
export function compileCondition<Facts>(text: string, schema: FactSchema): Result<Condition<Facts>, ConditionProblem> {
  if (text.length > maxLength) return err(problemAt(text, `longer than ${maxLength} characters`, 0));
  const parsed = parse(text, schema);
  if (!parsed.ok) return parsed;
  const program = parsed.value;
  const refusal = refusalOf(program.ast);
  if (refusal) return err(problemAt(text, refusal.message, refusal.at));
  const checked = program.check();
  if (!checked.valid) return err(problemOf(text, checked.error));
  if (checked.type !== 'bool') return err(problemAt(text, `comes to ${checked.type}, must come to true or false`, 0));
  return ok({ text, evaluate: (facts) => evaluate(program, facts) });
}

function parse(text: string, schema: FactSchema): Result<ParseResult, ConditionProblem> {
  try {
    return ok(environmentOf(schema).parse(text));
  } catch (thrown) {
    return err(problemOf(text, thrown));
  }
}

function evaluate(program: ParseResult, facts: unknown): Evaluation {
  try {
    const value: unknown = program(facts as Record<string, unknown>);
    return typeof value === 'boolean' ? ok(value) : err('not-a-truth-value');
  } catch (thrown) {
    return err(thrown instanceof EvaluationError ? thrown.code : 'evaluation-failed');
  }
}

function problemOf(text: string, thrown: unknown): ConditionProblem {
  const { summary, range } = thrown as { summary?: unknown; range?: { start?: unknown } };
  const at = typeof range?.start === 'number' ? range.start : 0;
  return problemAt(text, typeof summary === 'string' ? hinted(summary) : 'cannot be read', at);
}

/** Numbers of facts are doubles; the one message a policy author meets first gets its remedy. */
const hinted = (summary: string): string =>
  /double in list<int>|list<double>.*int/.test(summary)
    ? `${summary}; write numbers in a list with a decimal point, such as 40.0`
    : summary;

function problemAt(text: string, message: string, at: number): ConditionProblem {
  const before = text.slice(0, at).split('\n');
  return { message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
