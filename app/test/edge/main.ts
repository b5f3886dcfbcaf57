import { setFlagsFromString } from 'node:v8';
import type { EventBus } from '@voorrang/bus';

/**
 * The ingest service alone, with its spool on disk, before a bus that forgets: what a sender waits for, and nothing behind it. For benchmarks.
 * Settings by environment; prints the ports of DICOM and MLLP. SIGTERM ends it.
 */
const forgetful: EventBus = {
  publish: async () => {},
  subscribe: async () => ({ state: { status: 'running' }, caughtUp: async () => {}, stop: async () => {} }),
  heads: async () => ({}),
  health: { ok: true, detail: 'forgets' },
  close: async () => {},
};

// as in app/src/main.ts: before the modules are loaded, for a young generation that has grown does not shrink
setFlagsFromString('--scavenger-max-new-space-capacity-mb=4');
const { loadSettings } = await import('@voorrang/platform');
const { layFoundation } = await import('../../src/compose/foundation.ts');
const { makeServices } = await import('../../src/compose/make-services.ts');

const loaded = loadSettings(process.env);
if (!loaded.ok) throw new Error(loaded.error.join('\n'));
const { settings } = loaded.value;
const laid = await layFoundation(settings, 'embedded', ['ingest']);
if (!laid.ok) throw new Error(laid.error.join('\n'));
const foundation = laid.value;
const services = await makeServices({ ...foundation, bus: forgetful }, ['ingest']);
for (const service of services) await service.start();
process.stdout.write(`${settings.VOORRANG_DICOM_PORT} ${settings.VOORRANG_MLLP_PORT}\n`);
process.once('SIGTERM', async () => {
  for (const service of services) await service.stop();
  await foundation.close();
  process.exit(0);
});
