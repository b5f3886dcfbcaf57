import { type ASTNode, serialize } from '@marcbachmann/cel-js';
import { type Condition, compileCondition } from './condition.ts';
import { environmentOf, type FactSchema } from './fact-schema.ts';
import { childrenOf } from './walk.ts';

/**
 * Which parts of a condition held. `all` and `any` are the parts of an `&&` and an `||`, `not` has one part; a `test` has none.
 * `held` is undefined where the part cannot be evaluated for these facts.
 */
export type Explanation = {
  readonly kind: 'all' | 'any' | 'not' | 'test';
  readonly text: string;
  readonly held: boolean | undefined;
  readonly parts: readonly Explanation[];
};

const kinds: Readonly<Record<string, Explanation['kind']>> = { '&&': 'all', '||': 'any', '!_': 'not' };

/** Explains a compiled condition for given facts. For a person who asks, not for the hot path: every part is compiled here. */
export function explain<Facts>(condition: Condition<Facts>, schema: FactSchema, facts: Facts): Explanation {
  return explainNode(environmentOf(schema).parse(condition.text).ast, schema, facts);
}

function explainNode(node: ASTNode, schema: FactSchema, facts: unknown): Explanation {
  const kind = kinds[node.op] ?? 'test';
  // The library's ranges leave out closing brackets, so the text of a part is written anew from its tree.
  const own = serialize(node);
  const compiled = compileCondition(own, schema);
  const evaluated = compiled.ok ? compiled.value.evaluate(facts) : undefined;
  return {
    kind,
    text: own,
    held: evaluated?.ok ? evaluated.value : undefined,
    parts: kind === 'test' ? [] : operandsOf(node).map((part) => explainNode(part, schema, facts)),
  };
}

/** `a && b && c` is one list of three, not a tree of pairs. */
const operandsOf = (node: ASTNode): readonly ASTNode[] =>
  childrenOf(node).flatMap((child) => (child.op === node.op && node.op !== '!_' ? operandsOf(child) : [child]));
