import type { EventBus, Subscription } from '@voorrang/bus';
import { encodeEvent } from '@voorrang/contracts';
import { loadSettings } from '@voorrang/platform';
import { seededRandom } from '@voorrang/testing/infrastructure';
import { layFoundation } from '../../src/compose/foundation.ts';
import { makeServices } from '../../src/compose/make-services.ts';

/**
 * The assembler of the ingest service on its journal and SQLite while ever more studies are open: prints a line of JSON for each number of open studies,
 * with what 2,000 further objects of random open studies cost. Settings by environment.
 */
const levels = [1_000, 10_000, 100_000];
const measured = 2_000;
const together = 100;

const loaded = loadSettings({ ...process.env, VOORRANG_SETTLE_SECONDS: '80000', VOORRANG_HARD_LIMIT_SECONDS: '80000' });
if (!loaded.ok) throw new Error('settings');
const laid = await layFoundation(loaded.value.settings, 'embedded', ['ingest']);
if (!laid.ok) throw new Error(laid.error.join('\n'));
const foundation = laid.value;
const followers: Subscription[] = [];
const bus: EventBus = {
  publish: (records) => foundation.bus.publish(records),
  subscribe: async (options) => {
    const subscription = await foundation.bus.subscribe(options);
    followers.push(subscription);
    return subscription;
  },
  heads: (topics) => foundation.bus.heads(topics),
  health: foundation.bus.health,
  close: async () => {},
};
const services = await makeServices({ ...foundation, bus }, ['ingest']);
for (const service of services) await service.start();

const random = seededRandom(20261123);
let objects = 0;
/** One more object of each of these studies, as the edge tells of it. */
async function observe(studies: readonly number[]): Promise<void> {
  const records = studies.map((study) => {
    objects += 1;
    const uid = `1.2.826.0.1.3680043.10.997.${study}`;
    const key = foundation.keys.study('EX', uid);
    const stamp = { observedAt: foundation.clock.now(), ingestId: 'growth', seq: objects };
    const data = {
      studyInstanceUid: uid,
      seriesInstanceUid: `${uid}.1`,
      instances: [{ sopInstanceUid: `${uid}.1.${objects}`, digest: objects.toString(16).padStart(32, '0') }],
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      modality: 'CT',
      patient: {
        id: `P${study}`,
        authority: 'EXHOSP',
        name: 'Growth, Test',
        birthDate: '1960-01-02',
        sex: 'M' as const,
      },
      accessionNumbers: [`A${study}`],
      studyDescription: 'CT brain',
      seriesDescription: null,
      bodyPart: 'HEAD',
      laterality: null,
      acquiredAt: null,
      equipment: { manufacturer: null, model: null, station: null, softwareVersions: null },
      acquisition: { kernel: null, sliceThicknessMm: null, protocol: null, contrastAgent: null, kVp: null },
      sender: { callingAe: 'EXCT1', calledAe: 'VOORRANG' },
    };
    const event = { id: `growth-${objects}`, type: 'series.observed', source: 'growth', site: 'EX', key, stamp, data };
    return { topic: 'imaging' as const, key, value: encodeEvent(event) };
  });
  await bus.publish(records);
}
const caughtUp = (): Promise<unknown> => Promise.all(followers.map((follower) => follower.caughtUp()));

let open = 0;
for (const level of levels) {
  for (; open < level; open += 500) await observe(Array.from({ length: 500 }, (_, n) => open + n));
  await caughtUp();
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  for (let n = 0; n < measured; n += together) {
    await observe(Array.from({ length: together }, () => Math.floor(random() * level)));
    await caughtUp();
  }
  const used = process.cpuUsage(cpu);
  const figures = {
    open: level,
    wallMs: (performance.now() - begin) / measured,
    cpuMs: (used.user + used.system) / 1_000 / measured,
    residentMb: process.memoryUsage.rss() / 2 ** 20,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
for (const service of services) await service.stop();
await foundation.close();
process.exit(0);
