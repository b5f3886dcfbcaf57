import { afterEach, describe, expect, test } from '@jest/globals';
import { webhookPageSchema } from '@voorrang/contracts';
import { minutes, seconds } from '@voorrang/kernel';
import { busKinds, Story, type StoryOptions } from '../support/story.ts';

describe.each(busKinds)('paging, on the %s bus', (kind) => {
  let story: Story;
  const begin = async (options: StoryOptions = {}): Promise<void> => {
    story = await Story.begin(kind, options);
  };
  afterEach(() => story.end());

  /** A stroke patient whose occlusion was found. */
  const occlusion = async (): Promise<string> => {
    const { write } = story;
    await story.told(
      write.images('s1', 'p1'),
      write.settled('s1'),
      write.run('s1', 'LVO', 'positive', { location: 'left M1' }),
    );
    return (await story.onlyAlert()).id;
  };

  /** What was told, but for changes of what is shown: those depend on which topic came first. */
  const milestones = async (): Promise<readonly string[]> =>
    (await story.toldEvents()).map(({ type }) => type).filter((type) => type !== 'alert.updated');

  test('a positive finding pages the first on call, with nothing but what the contract names', async () => {
    await begin();
    const alertId = await occlusion();
    const page = story.phone('stroke-1').expectPage({ channel: 'webhook' });
    const body = webhookPageSchema.strict().parse(JSON.parse(page.body));
    expect(body).toMatchObject({
      alertId,
      stepIndex: 0,
      recipient: 'stroke-1',
      team: 'STROKE',
      severity: 'high',
      site: 'EX',
    });
    expect(body.url).toBe(`https://voorrang.test/alerts/${alertId}`);
    expect(page.idempotencyKey).toBe(body.idempotencyKey);
    const alert = await story.onlyAlert();
    expect(alert).toMatchObject({
      state: 'open',
      findings: [{ finding: 'LVO', outcome: 'positive', location: 'left M1' }],
    });
    expect(alert.clocks).toEqual({
      imagesCompleteAt: story.clock.now(),
      runReceivedAt: story.clock.now(),
      firstPageAcceptedAt: story.clock.now(),
      acknowledgedAt: null,
    });
    expect(await milestones()).toEqual(['alert.raised', 'page.sent']);
  });

  test('a negative, inconclusive or failed run and one in shadow page nobody', async () => {
    await begin();
    const { write } = story;
    await story.told(
      write.images('s1', 'p1'),
      write.run('s1', 'LVO', 'negative'),
      write.run('s1', 'ICH', 'inconclusive'),
      write.runWithId('failed', 's1', 'LVO', 'positive', { status: 'failed' }),
      write.runWithId('shadow', 's1', 'LVO', 'positive', { shadow: true }),
    );
    expect(await story.alerts()).toEqual([]);
  });

  test('silence climbs the ladder to the switchboard, and the alert stays visible until a human acts', async () => {
    await begin();
    const alertId = await occlusion();
    story.phone('stroke-1').expectPage();
    await story.fastForward(seconds(60));
    story.phone('stroke-1').expectPage({ channel: 'voice' });
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    await story.fastForward(seconds(90));
    story.phone('stroke-2').expectPage({ channel: 'voice' });
    story.phone('stroke-2').expectPage({ channel: 'webhook' });
    await story.fastForward(seconds(150));
    for (const person of ['stroke-1', 'stroke-2', 'stroke-3']) {
      story.phone(person).expectPage({ channel: 'voice' });
      story.phone(person).expectPage({ channel: 'webhook' });
    }
    expect((await story.onlyAlert()).state).toBe('open');
    await story.fastForward(seconds(180));
    story.phone('switchboard').expectPage({ channel: 'voice' });
    story.phone('switchboard').expectPage({ channel: 'webhook' });
    expect((await story.alerts('?state=fallback-reached')).map(({ id }) => id)).toEqual([alertId]);
    await story.fastForward(minutes(60));
    expect((await story.onlyAlert()).state).toBe('fallback-reached');
    await story.act('acknowledge', alertId, 'stroke-2');
    expect((await story.onlyAlert()).state).toBe('acknowledged');
    expect((await milestones()).filter((type) => type.startsWith('alert'))).toEqual([
      ...['alert.raised', 'alert.escalated', 'alert.escalated', 'alert.escalated'],
      ...['alert.fallback-reached', 'alert.acknowledged'],
    ]);
  });

  test('an acknowledgement stops every further page; the second one is told who holds the alert', async () => {
    await begin();
    const alertId = await occlusion();
    story.phone('stroke-1').expectPage();
    await story.fastForward(seconds(30));
    const first = await story.act('acknowledge', alertId, 'stroke-1');
    const again = await story.act('acknowledge', alertId, 'stroke-1');
    const second = await story.act('acknowledge', alertId, 'stroke-2');
    expect([first, again, second].map(({ status, body }) => [status, body.acknowledgedBy])).toEqual([
      [200, 'stroke-1'],
      [200, 'stroke-1'],
      [200, 'stroke-1'],
    ]);
    expect(first.body.clocks.acknowledgedAt).toBe(story.clock.now());
    await story.fastForward(minutes(30));
    expect((await story.onlyAlert()).steps.map(({ state }) => state)).toEqual([
      'sent',
      'stopped',
      'stopped',
      'stopped',
    ]);
  });

  test('a step that nobody holds is skipped at once and the next one taken', async () => {
    await begin({
      protocol: (p) => ({
        ...p,
        onCall: {
          ...p.onCall,
          shifts: p.onCall.shifts.filter(({ role, team }) => team !== 'STROKE' || role !== 'first'),
        },
      }),
    });
    await occlusion();
    // The first two steps name the role that nobody holds.
    story.phone('stroke-2').expectPage({ channel: 'voice' });
    story.phone('stroke-2').expectPage({ channel: 'webhook' });
    const { id, steps } = await story.onlyAlert();
    expect(steps.map(({ state }) => state)).toEqual(['skipped', 'skipped', 'sent', 'pending']);
    const unreached = { ok: true, detail: '1 open alerts with a step that reached nobody' };
    expect(story.service.health().reach).toEqual(unreached);
    expect(await story.metrics.text()).toContain('voorrang_alert_unreachable_steps_total{site="EX",team="STROKE"} 2');
    await story.stop();
    await story.start();
    expect(story.service.health().reach).toEqual(unreached);
    await story.act('acknowledge', id, 'stroke-2');
    expect(story.service.health().reach).toEqual({ ok: true, detail: 'all steps' });
  });

  test('with nobody in the whole rota the switchboard is paged at once', async () => {
    await begin({ protocol: (p) => ({ ...p, onCall: { ...p.onCall, shifts: [] } }) });
    await occlusion();
    story.phone('switchboard').expectPage({ channel: 'voice' });
    story.phone('switchboard').expectPage({ channel: 'webhook' });
    expect((await story.onlyAlert()).state).toBe('fallback-reached');
  });

  test('a provider in trouble is tried three times within 30 s, then the next channel is used at once', async () => {
    await begin();
    story.phones.answer('stroke-1', 'webhook', { status: 503 }, { status: 500 }, { status: 429 });
    await occlusion();
    await story.fastForward(seconds(19));
    expect(story.phones.everything).toHaveLength(2);
    await story.fastForward(seconds(1));
    story.phone('stroke-1').expectPage({ channel: 'voice' });
    expect(
      new Set(story.phones.everything.filter((p) => p.channel === 'webhook').map((p) => p.idempotencyKey)).size,
    ).toBe(1);
    const failures = (await story.toldEvents()).filter((event) => event.type === 'page.failed');
    expect(failures.map(({ data }) => [data.attempt, data.final])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  test('a provider that refuses is not tried again: the next channel is used at once', async () => {
    await begin();
    story.phones.answer('stroke-1', 'webhook', { status: 410 });
    await occlusion();
    story.phone('stroke-1').expectPage({ channel: 'voice' });
  });

  test('when nothing reaches a person, the next step is taken at once', async () => {
    await begin();
    story.phones.answer('stroke-1', 'webhook', { status: 404 }, { status: 404 });
    story.phones.answer('stroke-1', 'voice', { status: 404 }, { status: 404 });
    await occlusion();
    story.phone('stroke-2').expectPage({ channel: 'voice' });
    story.phone('stroke-2').expectPage({ channel: 'webhook' });
  });

  test('a provider that asks to wait is waited for, within the 30 s', async () => {
    await begin();
    story.phones.answer('stroke-1', 'webhook', { status: 429, headers: { 'retry-after': '15' } });
    await occlusion();
    await story.fastForward(seconds(14));
    expect(story.phones.unexpected).toEqual([]);
    await story.fastForward(seconds(1));
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
  });

  test('an answer that was lost is asked for again with the same key', async () => {
    await begin();
    story.phones.answer('stroke-1', 'webhook', 'reset');
    await occlusion();
    const first = story.phone('stroke-1').expectPage();
    await story.fastForward(seconds(10));
    expect(story.phone('stroke-1').expectPage().idempotencyKey).toBe(first.idempotencyKey);
    await story.fastForward(seconds(30));
  });

  test('a failing person does not hold up another, and an acknowledgement ends retries', async () => {
    await begin();
    story.phones.answer('stroke-1', 'webhook', { status: 503 }, { status: 503 }, { status: 503 });
    const alertId = await occlusion();
    await story.act('acknowledge', alertId, 'stroke-2');
    await story.fastForward(minutes(10));
    expect(story.phones.everything).toHaveLength(1);
  });

  test('a restart in mid-escalation repeats nothing and forgets nothing', async () => {
    await begin();
    await occlusion();
    story.phone('stroke-1').expectPage();
    await story.fastForward(seconds(60));
    story.phone('stroke-1').expectPage({ channel: 'voice' });
    story.phone('stroke-1').expectPage({ channel: 'webhook' });
    await story.stop();
    await story.clock.advance(seconds(100));
    await story.start();
    story.phone('stroke-2').expectPage({ channel: 'voice' });
    story.phone('stroke-2').expectPage({ channel: 'webhook' });
  });

  test('a page that was on its way at a stop is sent again under the same key after the claim has run out', async () => {
    await begin();
    story.phones.answer('stroke-1', 'webhook', 'reset');
    await occlusion();
    const first = story.phone('stroke-1').expectPage();
    await story.stop();
    await story.clock.advance(seconds(25));
    await story.start();
    expect(story.phone('stroke-1').expectPage().idempotencyKey).toBe(first.idempotencyKey);
  });

  test('the whole log again, into the same database, pages nobody', async () => {
    await begin();
    await occlusion();
    story.phone('stroke-1').expectPage();
    const before = await story.onlyAlert();
    await story.replayEverything();
    await story.fastForward(seconds(30));
    expect(await story.onlyAlert()).toEqual(before);
  });

  test('health is green at rest and while an alert is open', async () => {
    await begin();
    expect(Object.values(story.service.health()).every(({ ok }) => ok)).toBe(true);
    await occlusion();
    story.phone('stroke-1').expectPage();
    expect(Object.values(story.service.health()).every(({ ok }) => ok)).toBe(true);
  });
});
