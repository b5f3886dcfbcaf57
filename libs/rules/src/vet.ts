import type { ASTNode } from '@marcbachmann/cel-js';
import { callNameOf, childrenOf } from './walk.ts';

/**
 * What a policy may call. `matches` is left out on purpose: the library runs it on JavaScript's backtracking expressions, where 27 characters
 * against `^(a+)+$` took 4.4 s. `dyn` is left out because it switches the type check off; time and bytes because facts have neither.
 */
const allowed: ReadonlySet<string> = new Set([
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
  'upperAscii',
  'trim',
  'size',
  'has',
  'exists',
  'exists_one',
  'all',
  'filter',
]);

const loops: ReadonlySet<string> = new Set(['exists', 'exists_one', 'all', 'filter']);
/** A loop in a loop costs the product of two lists; a third level is refused. */
const deepestLoop = 2;

export type Refusal = { readonly message: string; readonly at: number };

/** The first thing in a parsed condition that this product does not allow, with its offset in the text. */
export function refusalOf(node: ASTNode, loopDepth = 0): Refusal | undefined {
  const name = callNameOf(node);
  if (name !== undefined && !allowed.has(name)) {
    return { message: `the function '${name}' is not allowed in a condition`, at: node.start };
  }
  const depth = loopDepth + (name !== undefined && loops.has(name) ? 1 : 0);
  if (depth > deepestLoop) return { message: 'lists are searched inside lists too deeply', at: node.start };
  for (const child of childrenOf(node)) {
    const refusal = refusalOf(child, depth);
    if (refusal) return refusal;
  }
  return undefined;
}
