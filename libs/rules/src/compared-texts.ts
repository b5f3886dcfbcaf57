import type { ASTNode } from '@marcbachmann/cel-js';
import { environmentOf, type FactSchema } from './fact-schema.ts';
import { childrenOf } from './walk.ts';

/** A text that a condition compares a fact with: `fact` as written (`finding.code`), `text` the literal. */
export type ComparedText = { readonly fact: string; readonly text: string };

/** Every `fact == "text"`, `fact != "text"` and `fact in ["text", ...]` of a condition, so that its words can be checked against a registry. */
export function comparedTexts(condition: string, schema: FactSchema): readonly ComparedText[] {
  try {
    return comparedIn(environmentOf(schema).parse(condition).ast);
  } catch {
    return []; // Compiling the condition tells what is wrong with it.
  }
}

function comparedIn(node: ASTNode): readonly ComparedText[] {
  const below = childrenOf(node).flatMap(comparedIn);
  if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') return below;
  const [left, right] = node.args;
  const pairs = [
    [left, right],
    [right, left],
  ] as const;
  const here = pairs.flatMap(([fact, other]) => {
    const name = nameOf(fact);
    return name === undefined ? [] : literalsOf(other).map((text) => ({ fact: name, text }));
  });
  return [...below, ...here];
}

/** `a.b` of a chain of field accesses. */
function nameOf(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args;
  if (node.op !== '.') return undefined;
  const [of, field] = node.args;
  const parent = nameOf(of);
  return parent === undefined ? undefined : `${parent}.${field}`;
}

function literalsOf(node: ASTNode): readonly string[] {
  if (node.op === 'value') return typeof node.args === 'string' ? [node.args] : [];
  return node.op === 'list' ? node.args.flatMap(literalsOf) : [];
}
