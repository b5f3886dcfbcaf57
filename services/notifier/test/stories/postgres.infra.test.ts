import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { seconds } from '@voorrang/kernel';
import { postgresProvider, type SqlProvider } from '@voorrang/sql';
import { describeWith, sharedPostgres } from '@voorrang/testing';
import { sql } from 'kysely';
import { instancesStory } from '../support/instances-story.ts';
import { Story } from '../support/story.ts';

describeWith('the notifier on PostgreSQL', [await sharedPostgres()], ([server]) => {
  /** A provider on a database of its own; the server goes away with the test run. */
  const freshDatabase = async (): Promise<SqlProvider> => {
    const name = `notifier_${randomBytes(6).toString('hex')}`;
    const admin = postgresProvider({ url: server.address, maxConnections: 1 });
    const { query } = await admin.open(`admin_${name}`, {});
    await sql.raw(`create database ${name}`).execute(query);
    await admin.close();
    const url = new URL(server.address);
    url.pathname = `/${name}`;
    return postgresProvider({ url: url.href });
  };

  let story: Story | undefined;
  afterEach(async () => {
    await story?.end();
    story = undefined;
  });

  test('pages, escalates, fills in, recalls and repeats nothing on a replay', async () => {
    story = await Story.begin('journal', { sql: await freshDatabase() });
    const { write } = story;
    await story.told(write.images('s1', 'p1'), write.settled('s1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    await story.fastForward(seconds(60));
    story.phone('stroke-1').expectPage({ channel: 'voice' });
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    await story.told(write.run('s1', 'ICH', 'negative'), write.order('O1', 'p1', { study: 's1', visit: 'V1' }));
    expect((await story.onlyAlert()).findings.map(({ finding, outcome }) => `${finding} ${outcome}`)).toEqual([
      'ICH negative',
      'LVO positive',
    ]);
    await story.replayEverything();
    await story.told(write.withdrawn('s1', 's1-LVO'));
    story.phone('stroke-1').expectPage({ channel: 'webhook', kind: 'recall' });
    story.phone('stroke-1').expectPage({ channel: 'voice', kind: 'recall' });
    expect((await story.onlyAlert()).state).toBe('recalled');
  });

  test('undoes a merge, knows an order by its placer number, and shows what detectors owe', async () => {
    story = await Story.begin('journal', { sql: await freshDatabase() });
    const { write } = story;
    await story.told(
      write.announced('s1', 'p1', { accession: 'A1' }),
      write.images('s2', 'p2'),
      write.orderByPlacer('P1', 'p1', { strokeCode: true }),
      write.order('O1', 'p1', { accession: 'A1', placer: 'P1' }),
      write.awaited('run.overdue', 's1', 'LVO'),
      write.merged('p2', 'p1'),
      write.run('s2', 'LVO', 'negative'),
    );
    const { body } = await story.api('GET', '/api/v1/alerts/awaited?team=STROKE&site=EX');
    expect(body).toMatchObject({
      items: [{ studyId: write.study('s1'), missing: [{ finding: 'LVO', display: 'late' }] }],
    });
    await story.told(write.run('s1', 'ICH', 'positive'));
    story.phone('stroke-1').expectPage();
    const linesOf = async () =>
      (await story?.onlyAlert())?.findings.map(({ finding, outcome }) => `${finding} ${outcome}`).toSorted();
    expect(await linesOf()).toEqual(['ICH positive', 'LVO late', 'LVO negative']);
    await story.told(write.unmerged('p2', 'p1'));
    expect(await linesOf()).toEqual(['ICH positive', 'LVO late']);
    await story.told(write.read('s1'), write.reported('O1', 'final'));
    expect((await story.api('GET', '/api/v1/alerts/awaited')).body).toEqual({ items: [] });
  });

  instancesStory('PostgreSQL', freshDatabase);
});
