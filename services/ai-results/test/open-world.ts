import { FakeClock, type TempDirectory, tempDirectory } from '@voorrang/testing';
import { type MakeBus, World } from './world.ts';

export type Opened = { readonly world: World; readonly clock: FakeClock };

/** A world on a clock that the test moves, in a directory that goes with it. */
export async function openWorld(
  options: { readonly makeBus?: MakeBus; readonly directory?: TempDirectory; readonly now?: number } = {},
): Promise<Opened> {
  const { directory = await tempDirectory(), makeBus, now } = options;
  const clock = new FakeClock(now);
  const world = await World.open({
    directory: directory.path,
    clock,
    dispose: () => directory.remove(),
    ...(makeBus === undefined ? {} : { makeBus }),
  });
  return { world, clock };
}
