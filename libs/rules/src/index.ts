export { type ComparedText, comparedTexts } from './compared-texts.ts';
export { type Condition, type ConditionProblem, compileCondition, type Evaluation } from './condition.ts';
export { type Explanation, explain } from './explain.ts';
export type { FactSchema, FactType } from './fact-schema.ts';
