import { describe } from '@jest/globals';
import { hasTool, infrastructureRequired } from '@voorrang/testing';

/** A `describe` that needs programs of others: without one its tests are skipped, the title saying why; they run and fail where everything is required. */
export function describeWithPeers(title: string, absent: readonly string[], body: () => void): void {
  if (absent.length === 0 || infrastructureRequired()) describe(title, body);
  else describe.skip(`${title} (skipped: ${absent.join(', ')})`, body);
}

export const absentTools = (...names: readonly string[]): string[] =>
  names.filter((name) => !hasTool(name)).map((name) => `${name} is not installed`);
