import { journalBus } from '@voorrang/bus';
import { nodeFileSystem } from '@voorrang/journal';
import { armFaultPoint, opaqueKeys, systemClock } from '@voorrang/kernel';
import { createMetrics, silentLogger } from '@voorrang/platform';
import { sharedMigrations, sqliteProvider, sqlParkingStore } from '@voorrang/sql';
import { sql as statement } from 'kysely';
import { notifierMigrations } from '../../src/adapters/sql/migrations.ts';
import type { NotifierSchema } from '../../src/adapters/sql/schema.ts';
import { createNotifier } from '../../src/composition.ts';
import { FactWriter } from '../support/facts.ts';
import { storyProtocol } from '../support/story-protocol.ts';

/**
 * A notifier in a process of its own, at sixty times the speed. With a fault point it publishes the facts and dies there; without one it goes on from
 * what it finds until a page was accepted and told to the log, writes what it has as JSON, and stops.
 */
const [directory = '', provider = '', origin = '', point] = process.argv.slice(2);
const clock = systemClock(60, Number(origin));
const keys = opaqueKeys('kill');
const bus = await journalBus({ directory: `${directory}/bus`, fileSystem: nodeFileSystem(), clock });
const sql = sqliteProvider({ directory: `${directory}/sql` });
const database = await sql.open<NotifierSchema>('notifier', { ...sharedMigrations('notifier'), ...notifierMigrations });
const { query } = database;
const protocol = await storyProtocol({
  protocol: (p) => ({
    ...p,
    onCall: {
      ...p.onCall,
      people: Object.fromEntries(
        Object.values(p.onCall.people).map((one) => [one.id, { ...one, channels: { webhook: provider } }]),
      ),
    },
  }),
});
const ports = { bus, sql, protocol, parking: sqlParkingStore(database, 'notifier'), clock, keys };
const service = createNotifier({ publicUrl: provider }, { ...ports, logger: silentLogger, metrics: createMetrics() });
await service.start();
if (point !== undefined) {
  armFaultPoint(point);
  const write = new FactWriter(keys, () => clock.now());
  await bus.publish([write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive')]);
}
for (;;) {
  const pages = await query.selectFrom('notifier_page').selectAll().where('step_index', '=', 0).execute();
  const { rows } = await statement<{ n: number }>`select count(*) as n from notifier_outbox`.execute(query);
  if (pages.some(({ state }) => state === 'sent') && rows[0]?.n === 0) {
    process.stdout.write(JSON.stringify(pages.map(({ page_id, state }) => ({ page_id, state }))));
    break;
  }
  await clock.wait(1_000);
}
await service.stop();
await sql.close();
await bus.close();
