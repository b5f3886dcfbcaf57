import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { seconds } from '@voorrang/kernel';
import { Story } from '../support/story.ts';

describe('what people do with an alert', () => {
  let story: Story;
  let id: string;
  beforeEach(async () => {
    story = await Story.begin('journal');
    const { write } = story;
    await story.told(write.images('s1', 'p1'), write.run('s1', 'LVO', 'positive'));
    story.phone('stroke-1').expectPage();
    ({ id } = await story.onlyAlert());
  });
  afterEach(() => story.end());

  test('who declines lets the next step come at once, and once', async () => {
    await story.act('decline', id, 'stroke-1', { note: 'in theatre' });
    story.phone('stroke-1').expectPage({ channel: 'voice' });
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    await story.act('decline', id, 'stroke-1');
    await story.fastForward(seconds(60));
    expect((await story.onlyAlert()).state).toBe('open');
  });

  test('who declines after the fallback sets the ladder going again', async () => {
    await story.fastForward(seconds(480));
    story.phones.takeAll();
    expect((await story.onlyAlert()).state).toBe('fallback-reached');
    const { body } = await story.act('decline', id, 'switchboard');
    expect(body.state).toBe('open');
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    await story.fastForward(seconds(480));
    expect(story.phones.takeAll().map(({ person }) => person)).toContain('switchboard');
  });

  test('who escalates calls the next step, and is named', async () => {
    await story.act('escalate', id, 'stroke-1');
    story.phone('stroke-1').expectPage({ channel: 'voice' });
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    const escalated = (await story.toldEvents()).filter((event) => event.type === 'alert.escalated');
    expect(escalated.map(({ data }) => [data.stepIndex, data.by])).toEqual([
      [1, 'stroke-1'],
      [1, null],
    ]);
  });

  test('a hand-over pages the named person, and the ladder goes on behind until that person acknowledges', async () => {
    await story.act('acknowledge', id, 'stroke-1');
    const { body } = await story.act('hand-over', id, 'stroke-1', { to: 'stroke-3' });
    expect(body).toMatchObject({ state: 'open', acknowledgedBy: null });
    story.phone('stroke-3').expectPage({ channel: 'webhook' });
    story.phone('stroke-3').expectPage({ channel: 'voice' });
    await story.act('hand-over', id, 'stroke-1', { to: 'stroke-3' });
    await story.fastForward(seconds(60));
    story.phone('stroke-1').expectPage({ channel: 'voice' });
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    expect((await story.act('acknowledge', id, 'stroke-3')).body.acknowledgedBy).toBe('stroke-3');
    await story.fastForward(seconds(600));
  });

  test('a hand-over to nobody of the rota is refused and changes nothing', async () => {
    expect((await story.act('hand-over', id, 'stroke-1', { to: 'dr.who' })).status).toBe(400);
    expect((await story.act('hand-over', id, 'stroke-1')).status).toBe(400);
    expect((await story.onlyAlert()).state).toBe('open');
  });

  test('a recall by a person tells everybody who was paged, and ends the alert for good', async () => {
    await story.act('recall', id, 'dr.rontgen', { note: 'artefact' });
    story.phone('stroke-1').expectPage({ kind: 'recall' });
    expect((await story.act('recall', id, 'dr.rontgen')).status).toBe(200);
    expect((await story.act('acknowledge', id, 'stroke-1')).status).toBe(409);
    await story.fastForward(seconds(600));
  });

  test('an alert that is not there is 404, an unknown filter or body 400, no sign-in 401', async () => {
    const unknown = 'A'.repeat(26);
    expect((await story.api('GET', `/api/v1/alerts/${unknown}`)).status).toBe(404);
    expect((await story.api('GET', '/api/v1/alerts/x')).status).toBe(404);
    expect((await story.act('acknowledge', unknown, 'stroke-1')).status).toBe(404);
    expect((await story.api('GET', '/api/v1/alerts?state=asleep')).status).toBe(400);
    expect((await story.api('POST', `/api/v1/alerts/${id}/acknowledge`, 'x', { note: 7 })).status).toBe(400);
    expect((await story.api('GET', `/api/v1/alerts/${id}`, 'not a name')).status).toBe(400);
  });

  test('a phone tells that a page arrived; the first time counts', async () => {
    const key = story.phones.everything[0]?.idempotencyKey ?? '';
    const path = `/api/v1/alerts/${id}/pages/${key}/received`;
    expect((await story.api('POST', path)).status).toBe(204);
    await story.quiet();
    const at = (await story.onlyAlert()).pages[0]?.receivedAt;
    await story.fastForward(seconds(5));
    expect((await story.api('POST', path)).status).toBe(204);
    expect((await story.onlyAlert()).pages[0]).toMatchObject({ state: 'sent', receivedAt: at });
    expect((await story.api('POST', `/api/v1/alerts/${id}/pages/${'B'.repeat(26)}/received`)).status).toBe(404);
  });

  test('lists are cut into pages that join without gap', async () => {
    for (const study of ['s2', 's3', 's4']) {
      await story.told(story.write.run(study, 'LVO', 'positive'));
      story.phone('stroke-1').expectPage();
    }
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await story.api('GET', `/api/v1/alerts?limit=2${cursor}`);
      const page = body as { items: { id: string }[]; nextCursor?: string };
      seen.push(...page.items.map((each) => each.id));
      if (page.nextCursor === undefined) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(seen).toEqual((await story.alerts()).map((alert) => alert.id));
    expect(new Set(seen).size).toBe(4);
  });

  test('the rota says who is on call at an instant', async () => {
    const { body } = await story.api('GET', '/api/v1/on-call?at=2026-03-03T23:30:00%2B01:00&site=EX');
    const ed = (body as { items: { team: string; roles: { role: string; people: { id: string }[] }[] }[] }).items.find(
      ({ team }) => team === 'ED',
    );
    expect(ed?.roles.map(({ role, people }) => [role, people.map((one) => one.id)])).toEqual([
      ['first', ['ed-1']],
      ['second', ['ed-3']],
    ]);
    expect((await story.api('GET', '/api/v1/on-call?at=tomorrow')).status).toBe(400);
  });
});
