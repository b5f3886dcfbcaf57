import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '@voorrang/sql';
import { sql } from 'kysely';
import { type IngestSchema, ingestMigrations, serviceName } from '../../src/adapters/sql/schema.ts';
import { sqlQuarantine } from '../../src/adapters/sql/sql-quarantine.ts';
import type { QuarantineStore } from '../../src/application/ports.ts';
import { defaultQuarantineLimits, type Quarantined, type QuarantineLimits } from '../../src/domain/quarantine.ts';
import { keys } from '../builders.ts';
import type { GivenDatabase } from './engines.ts';

const entry = (n: number, more: Partial<Quarantined> = {}): Quarantined => ({
  id: keys.of('quarantine', 'hl7', String(n)),
  kind: 'hl7',
  state: 'open',
  receivedAt: 1_000 + n,
  site: 'EX',
  sender: 'EXRIS|EXHOSP',
  room: 'EXRIS',
  address: '10.0.0.7',
  messageType: 'ORM^O01',
  controlId: `M${n}`,
  code: 'AE',
  problems: [{ condition: '101', location: 'ORC-3', text: 'an order number is needed' }],
  content: Buffer.from(`MSH|^~\\&|${n}é`),
  encoding: '',
  ...more,
});
const by = { by: 'dr.jansen', at: 9_000 };

/** The laws of the quarantine, for every database engine. */
export function quarantineContract(name: string, open: () => Promise<GivenDatabase>): void {
  describe(`the quarantine on ${name}`, () => {
    let given: GivenDatabase;
    let database: Database<IngestSchema>;
    let store: QuarantineStore;
    const withLimits = (limits: Partial<QuarantineLimits>): QuarantineStore =>
      sqlQuarantine(database, {
        limits: { ...defaultQuarantineLimits, ...limits },
        keys,
        clock: { now: () => 7_000, wait: async () => {} },
      });
    beforeEach(async () => {
      given = await open();
      database = await given.provider.open<IngestSchema>(serviceName, ingestMigrations);
      store = withLimits({});
    });
    afterEach(() => given.dispose());

    const ids = async (limit = 100): Promise<string[]> =>
      (await store.list({ limit })).map(({ controlId }) => controlId);
    const told = async (): Promise<[string, Record<string, unknown>][]> => {
      const { rows } = await sql<{ value: string }>`select value from ingest_outbox order by sequence`.execute(
        database.query,
      );
      return rows.map(({ value }) => {
        const { type, data } = JSON.parse(value) as { type: string; data: Record<string, unknown> };
        return [type.replace(/\.v\d+$/, ''), data];
      });
    };

    test('an entry comes back whole, byte for byte', async () => {
      const content = Uint8Array.from({ length: 300 }, (_, n) => n & 255);
      await store.keep([entry(1, { content, encoding: '1.2.840.10008.1.2.1', kind: 'dicom' })]);
      const { content: _content, ...rest } = entry(1, { encoding: '1.2.840.10008.1.2.1', kind: 'dicom' });
      const listed = { ...rest, bytes: 300, count: 1, lastAt: 1_001, resolvedAt: null, resolvedBy: null };
      expect(await store.list({ limit: 10 })).toEqual([listed]);
      expect(await store.read(entry(1).id)).toEqual({ entry: listed, content });
      expect(await store.read('0'.repeat(26))).toBeUndefined();
    });

    test('the same again is counted, with what was told last', async () => {
      await store.keep([entry(1)]);
      const problems = [{ condition: '103', location: 'PV1-2', text: 'a code of table 0004 is needed' }];
      await store.keep([entry(1, { receivedAt: 5_000, problems }), entry(1, { receivedAt: 4_000, problems })]);
      expect(await store.list({ limit: 10 })).toMatchObject([
        { state: 'open', receivedAt: 1_001, lastAt: 5_000, count: 3, problems },
      ]);
    });

    test('pages go from the newest to the oldest and miss nothing, also among entries of one instant', async () => {
      await store.keep(Array.from({ length: 25 }, (_, n) => entry(n, { receivedAt: 1_000 + Math.floor(n / 7) })));
      const seen: string[] = [];
      for (let before: { receivedAt: number; id: string } | undefined; ; ) {
        const page = await store.list({ limit: 4, ...(before === undefined ? {} : { before }) });
        if (page.length === 0) break;
        seen.push(...page.map(({ controlId }) => controlId));
        before = page.at(-1);
      }
      expect(new Set(seen).size).toBe(25);
      expect(seen).toHaveLength(25);
      expect(seen).toEqual(await ids());
    });

    test('a state is asked for, and counted', async () => {
      await store.keep([entry(1), entry(2, { state: 'flagged', code: 'AA' }), entry(3), entry(4)]);
      expect(await store.resolve(entry(3).id, 'dismissed', { ...by, note: 'a test of the sender' })).toBe(true);
      expect((await store.list({ state: 'flagged', limit: 10 })).map(({ controlId }) => controlId)).toEqual(['M2']);
      expect((await store.list({ state: 'open', limit: 10 })).map(({ controlId }) => controlId)).toEqual(['M4', 'M1']);
      expect(await store.counts()).toEqual({ open: 2, flagged: 1, replayed: 0, dismissed: 1 });
      expect((await store.openIds()).toSorted()).toEqual([entry(1).id, entry(4).id].toSorted());
    });

    test('what was dealt with stays so: it is done by one, and the same again does not open it', async () => {
      await store.keep([entry(1), entry(2)]);
      const both = await Promise.all([
        store.resolve(entry(1).id, 'replayed', by),
        store.resolve(entry(1).id, 'replayed', { ...by, by: 'another' }),
      ]);
      expect(both.toSorted()).toEqual([false, true]);
      expect(await store.resolve(entry(1).id, 'dismissed', by)).toBe(false);
      expect(await store.resolve('0'.repeat(26), 'dismissed', by)).toBe(false);
      await store.keep([entry(1, { receivedAt: 9_999 })]);
      expect(await store.list({ state: 'replayed', limit: 10 })).toMatchObject([
        { id: entry(1).id, count: 2, lastAt: 9_999, resolvedAt: 9_000 },
      ]);
    });

    test('a sender that sends too much loses its own: what was dealt with, then flagged, then of a wrong type, then the oldest', async () => {
      store = withLimits({ entriesPerSender: 3 });
      await store.keep([entry(50, { room: 'OTHER', controlId: 'other' })]);
      await store.keep([entry(1), entry(2, { code: 'AR' }), entry(3, { state: 'flagged', code: 'AA' })]);
      await store.keep([entry(4)]);
      expect(await ids()).toEqual(['other', 'M4', 'M2', 'M1']);
      expect(await store.keep([entry(5)])).toEqual({ open: 1 });
      expect(await ids()).toEqual(['other', 'M5', 'M4', 'M1']);
      await store.resolve(entry(5).id, 'replayed', by);
      expect(await store.keep([entry(6), entry(7)])).toEqual({ replayed: 1, open: 1 });
      expect(await ids()).toEqual(['other', 'M7', 'M6', 'M4']);
      expect(await store.read(entry(1).id)).toBeUndefined();
    });

    test('copies that are only flagged have a bound of their own', async () => {
      store = withLimits({ flaggedPerSender: 2 });
      await store.keep([entry(1), ...[2, 3, 4, 5].map((n) => entry(n, { state: 'flagged', code: 'AA' }))]);
      expect(await ids()).toEqual(['M5', 'M4', 'M1']);
    });

    test('bytes are bounded like entries, and together the fullest sender gives way', async () => {
      store = withLimits({ bytesPerSender: 100, bytes: 150 });
      const large = (n: number, room: string): Quarantined => entry(n, { room, content: Buffer.alloc(40, n) });
      await store.keep([large(1, 'A'), large(2, 'A'), large(3, 'A')]);
      expect(await ids()).toEqual(['M3', 'M2']);
      await store.keep([large(4, 'B')]);
      await store.keep([large(5, 'C')]);
      expect(await ids()).toEqual(['M5', 'M4', 'M3']);
    });

    test('an alert of the sender is raised with its first open entry, says how many there are, and is cleared with the last', async () => {
      await store.keep([entry(1)]);
      await store.keep([entry(2), entry(3)]);
      await store.keep([entry(2)]);
      await store.resolve(entry(1).id, 'dismissed', by);
      await store.keep([entry(4, { room: 'OTHER' })]);
      for (const { id } of await store.list({ limit: 100 })) await store.resolve(id, 'dismissed', by);
      expect((await told()).map(([type, { subject, count, since }]) => [type, subject, count, since])).toEqual([
        ['operation.raised', 'EXRIS', 1, 1_001],
        ['operation.raised', 'EXRIS', 3, 1_001],
        ['operation.raised', 'EXRIS', 2, 1_001],
        ['operation.raised', 'OTHER', 1, 1_004],
        ['operation.cleared', undefined, undefined, undefined],
        ['operation.raised', 'EXRIS', 1, 1_001],
        ['operation.cleared', undefined, undefined, undefined],
      ]);
    });

    test('what is only flagged raises nothing', async () => {
      await store.keep([entry(1, { state: 'flagged', code: 'AA' })]);
      expect(await told()).toEqual([]);
    });

    test('what was dealt with goes after its time, what is open never does', async () => {
      await store.keep([entry(1), entry(2), entry(3, { state: 'flagged', code: 'AA' }), entry(4)]);
      await store.resolve(entry(1).id, 'replayed', { ...by, at: 3_000 });
      await store.resolve(entry(4).id, 'dismissed', by);
      await store.purge(5_000);
      expect(await ids()).toEqual(['M4', 'M2']);
    });
  });
}
