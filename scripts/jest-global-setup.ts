import { hostSharedInfrastructure } from '@voorrang/testing/infrastructure';

declare global {
  var closeSharedInfrastructure: (() => Promise<void>) | undefined;
}

/** Servers start when a test file first asks for one; what has started ends with the run. */
export default async function setUp(): Promise<void> {
  globalThis.closeSharedInfrastructure = (await hostSharedInfrastructure()).close;
}
