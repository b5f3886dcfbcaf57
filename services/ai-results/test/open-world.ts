import { FakeClock, type TempDirectory, tempDirectory } from '@voorrang/testing';
import { World, type WorldOptions } from './world.ts';

export type Opened = { readonly world: World; readonly clock: FakeClock };

/** A world on a clock that the test moves, in a directory that goes with it. */
export async function openWorld(
  options: Pick<WorldOptions, 'makeBus' | 'makeSql' | 'alsoAt'> & {
    readonly directory?: TempDirectory;
    readonly now?: number;
  } = {},
): Promise<Opened> {
  const { directory = await tempDirectory(), now, ...adapters } = options;
  const clock = new FakeClock(now);
  const world = await World.open({
    directory: directory.path,
    clock,
    dispose: () => directory.remove(),
    ...adapters,
  });
  return { world, clock };
}
