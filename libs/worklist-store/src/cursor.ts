import { VoorrangError } from '@voorrang/kernel';
import type { SortKey } from './port.ts';

/** Opaque text of the key after which the next page begins. Holds an arrival time and an opaque id, nothing of the patient. */
export const encodeCursor = (key: SortKey): string =>
  Buffer.from(`${key.score.toString(36)} ${key.member}`).toString('base64url');

/** @throws VRG_HTTP_MALFORMED when the text is no cursor. */
export function decodeCursor(text: string): SortKey {
  const match = /^([0-9a-z]{1,11}) ([!-~]{1,128})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const score = Number.parseInt(match?.[1] ?? '', 36);
  if (!match?.[2] || !Number.isSafeInteger(score))
    throw new VoorrangError('VRG_HTTP_MALFORMED', 'the cursor is not one that a page gave', {
      details: { path: 'cursor' },
    });
  return { score, member: match[2] };
}

/** @throws RangeError: limits are checked where they come in. */
export function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new RangeError(`limit ${limit} is not 1 to 500`);
}
