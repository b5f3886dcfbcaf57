import { describe } from '@jest/globals';
import { hasTool, infrastructureRequired } from '@voorrang/testing';

/** Other people's programs that the stories send with. */
export const senders = ['storescu', 'dcmodify', 'echoscu', 'curl'];

/** A `describe` that needs programs: without one of them its tests are skipped, the title saying why; they run and fail where everything is required. */
export function storyWith(title: string, programs: readonly string[], body: () => void): void {
  const absent = programs.filter((program) => !hasTool(program));
  if (absent.length === 0 || infrastructureRequired()) describe(title, body);
  else describe.skip(`${title} (skipped: ${absent.join(', ')} not installed)`, body);
}
