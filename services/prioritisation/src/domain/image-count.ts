import type { Series } from './state.ts';

/** Images of a series: the union of those that came and those that were announced, or as many as a peer has counted. */
export function imageCount({ instances, announced, told }: Series): number {
  let union = instances.size;
  if (announced === null) return Math.max(union, told);
  for (const hash of announced.keys()) if (!instances.has(hash)) union += 1;
  return Math.max(union, told);
}
