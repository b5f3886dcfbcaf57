import type { AppliedPositions } from './port.ts';

/** Whether everything named was applied before. A change that names no position (a timed one) never is. */
export function isDuplicate(applied: AppliedPositions, given: AppliedPositions): boolean {
  const named = Object.entries(given);
  return named.length > 0 && named.every(([partition, position]) => (applied[partition] ?? -1) >= position);
}

/** Positions never go back. */
export function mergePositions(applied: AppliedPositions, given: AppliedPositions): AppliedPositions {
  const merged: Record<string, number> = { ...applied };
  for (const [partition, position] of Object.entries(given))
    merged[partition] = Math.max(merged[partition] ?? 0, position);
  return merged;
}
