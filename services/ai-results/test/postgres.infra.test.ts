import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { minutes, seconds } from '@voorrang/kernel';
import { postgresProvider } from '@voorrang/sql';
import { describeWith, sharedPostgres, waitUntil } from '@voorrang/testing';
import { sql } from 'kysely';
import { observed, order, settled } from './facts.ts';
import { openWorld } from './open-world.ts';
import { run, type World } from './world.ts';

describeWith('ai-results on PostgreSQL', [await sharedPostgres()], ([server]) => {
  test('the same queries take, expect, tell overdue, withdraw and suspend', async () => {
    // A schema of its own in the shared server.
    const schema = `ai_${randomBytes(6).toString('hex')}`;
    const own = new URL(server.address);
    own.searchParams.set('options', `-c search_path=${schema}`);
    const admin = postgresProvider({ url: server.address });
    const { query } = await admin.open(schema, {});
    await sql`create schema ${sql.id(schema)}`.execute(query);
    const { world, clock } = await openWorld({ makeSql: () => postgresProvider({ url: own.href }) });
    /** Time goes on meanwhile: a loop that lost a serialisable transaction to another tries again a moment later. */
    const inTime: World['expect'] = async (type, count) => {
      await waitUntil(async () => {
        await clock.advance(seconds(1));
        return world.events.filter((event) => event.type === type).length >= count;
      });
      return world.expect(type, count);
    };
    try {
      await world.publish(order('order.placed', { indication: 'embolie?' }), observed(), settled(clock.now()));
      const expected = await inTime('run.expected', 2);
      expect(expected.map(({ detector }) => detector).sort()).toEqual(['example-ich', 'example-pe']);
      const answers = await Promise.all(Array.from({ length: 5 }, () => world.post(run())));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 202]);
      await world.post(run({ resultId: 'vendor:2', replaces: 'vendor:1' }));
      await clock.advance(minutes(11));
      expect(await inTime('run.overdue', 1)).toMatchObject([{ detector: 'example-pe' }]);
      await world.call('DELETE', '/api/v1/results/vendor:2');
      await world.call('DELETE', '/api/v1/results/vendor:1');
      await clock.advance(minutes(1));
      await inTime('run.overdue', 2);
      const verdict = { finding: 'ICH', verdict: 'agree' };
      for (let i = 0; i < 2; i += 1) await world.call('POST', '/api/v1/results/vendor:1/verdict', verdict);
      await inTime('verdict.given', 1);
      await world.call('PUT', '/api/v1/detectors/example-ich/state', { state: 'shadow', reason: 'new scanner' });
      expect(await world.figures('example-ich')).toMatchObject({ state: 'shadow', runsLastDay: 2, overdueLastDay: 1 });
      await world.expect('run.recorded', 2);
    } finally {
      await world.close();
      await sql`drop schema ${sql.id(schema)} cascade`.execute(query);
      await admin.close();
    }
  });
});
