import { describe, test } from '@jest/globals';
import { infrastructureRequired } from '@voorrang/testing';

/** A program of somebody else that is there, or why it is not. */
export type Peer<T> = { readonly value: T } | { readonly absent: string };

/** `absent` with what went wrong where `find` rejects, as it does without a network. */
export async function peer<T>(find: () => Promise<T>): Promise<Peer<T>> {
  try {
    return { value: await find() };
  } catch (error) {
    return { absent: error instanceof Error ? error.message : String(error) };
  }
}

/** A `describe` that needs a peer: without it the tests are skipped, the title saying why, or fail where everything is required. */
export function describeWithPeer<T>(title: string, found: Peer<T>, body: (value: T) => void): void {
  if ('value' in found) describe(title, () => body(found.value));
  else if (infrastructureRequired()) {
    test(`${title}: the required program is there`, () => {
      throw new Error(found.absent);
    });
  } else test.skip(`${title} (skipped: ${found.absent})`, () => undefined);
}
