import type { ASTNode } from '@marcbachmann/cel-js';

/** The nodes directly below one; what is not a node (names, literals) is left out. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) collect(item);
    else if (isNode(value)) found.push(value);
  };
  collect(node.args);
  return found;
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** Function or method name of a call, as far as the node is one. */
export const callNameOf = (node: ASTNode): string | undefined =>
  node.op === 'call' || node.op === 'rcall' ? String((node.args as readonly unknown[])[0]) : undefined;
