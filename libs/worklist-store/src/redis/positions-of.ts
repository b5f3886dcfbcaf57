import type { AppliedPositions } from '../port.ts';

/** Positions from the flat pairs that a hash is read as. */
export function positionsOf(pairs: readonly string[]): AppliedPositions {
  const positions: Record<string, number> = {};
  for (let i = 0; i + 1 < pairs.length; i += 2) positions[pairs[i] ?? ''] = Number(pairs[i + 1]);
  return positions;
}
