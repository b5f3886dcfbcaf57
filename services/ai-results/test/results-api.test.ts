import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openWorld } from './open-world.ts';
import { run, studyKey, uid, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  ({ world } = await openWorld());
});
afterEach(() => world.close());

describe('a run that is posted', () => {
  test('is accepted, is on the bus with the key of its study, and the same again is answered but not told again', async () => {
    const first = await world.post(run());
    expect(first).toMatchObject({ status: 202, body: { resultId: 'vendor:1', studyId: studyKey, shadow: false } });
    const again = await world.call('POST', '/api/v1/results', Object.fromEntries(Object.entries(run()).reverse()));
    expect(again.status).toBe(200);
    expect(again.body).toEqual({ ...first.body, status: 'again' });
    const other = await world.post(run({ resultId: 'vendor:2' }));
    expect(other.status).toBe(202);
    const told = await world.expect('run.recorded', 2);
    expect(told[0]).toMatchObject({ run: run(), shadow: false, resultKey: first.body.resultKey });
    expect(world.events.every(({ key, site }) => key === studyKey && site === 'EX')).toBe(true);
  });

  test('is taken once when it comes ten times at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.post(run())));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 202]);
    await world.expect('run.recorded', 1);
  });

  test('is answered for itself in a burst: a conflict, an unknown detector and a repeat harm no other', async () => {
    const fine = Array.from({ length: 150 }, (_, n) => run({ resultId: `burst:${n}` }));
    const odd = [
      run({ resultId: 'burst:0', producedAt: '2026-03-03T09:00:00Z' }),
      run({ resultId: 'burst:1' }),
      run({ resultId: 'odd', detector: { id: 'nobody', version: '1.0.0' } }),
    ];
    const answers = await Promise.all([...fine, ...odd].map((each) => world.post(each)));
    expect(answers.map(({ status }) => status)).toEqual([...fine.map(() => 202), 409, 200, 422]);
    await world.expect('run.recorded', fine.length);
  });

  test('is refused under an id that is known with other content', async () => {
    await world.post(run());
    const other = await world.post(run({ status: 'failed', findings: [] }));
    expect(other).toMatchObject({ status: 409, body: { code: 'VRG_RESULT_CONFLICT' } });
  });

  test('is refused when the detector or a finding is unknown, with the place', async () => {
    const detector = await world.post(run({ detector: { id: 'nobody', version: '1.0.0' } }));
    expect(detector).toMatchObject({
      status: 422,
      body: { code: 'VRG_DETECTOR_UNKNOWN', problems: [{ path: 'body.detector.id' }] },
    });
    const finding = await world.post(run({ findings: [...run().findings, { finding: 'PE', outcome: 'negative' }] }));
    expect(finding).toMatchObject({
      status: 422,
      body: { code: 'VRG_FINDING_UNKNOWN', problems: [{ path: 'body.findings.1.finding' }] },
    });
  });

  test('is refused when it replaces a run of another detector, also one of the same burst, with the path', async () => {
    await world.post(run());
    const lvo = {
      detector: { id: 'example-lvo', version: '1.0.0' },
      findings: [{ finding: 'LVO', outcome: 'positive' as const }],
    };
    const refused = await world.post(run({ ...lvo, resultId: 'other:1', replaces: 'vendor:1' }));
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'VRG_RESULT_REPLACES', problems: [{ path: 'body.replaces' }] },
    });
    const burst = await Promise.all([
      world.post(run({ resultId: 'vendor:2', replaces: 'vendor:1' })),
      world.post(run({ ...lvo, resultId: 'other:2', replaces: 'vendor:2' })),
      world.post(run({ ...lvo, resultId: 'other:3', replaces: 'nobody:knows' })),
    ]);
    expect(burst.map(({ status }) => status)).toEqual([202, 422, 202]);
  });

  test.each([
    [
      'types that are wrong',
      { ...run(), studyInstanceUid: 12, findings: 'x' },
      ['body.studyInstanceUid', 'body.findings'],
    ],
    [
      'a confidence beyond 1',
      run({ findings: [{ finding: 'ICH', outcome: 'positive', confidence: 7 }] }),
      ['body.findings.0.confidence'],
    ],
    ['an unknown site', run({ site: 'XX' }), ['body.site']],
    ['a run that replaces itself', run({ replaces: 'vendor:1' }), ['body.replaces']],
    ['a failed run with findings', run({ status: 'failed' }), ['body.findings']],
    ['a run that was not eligible with findings', run({ status: 'not-eligible' }), ['body.findings']],
    ['a completed run without findings', run({ findings: [] }), ['body.findings']],
    ['text that is no JSON', '{"resultId": "Jansen', ['body']],
    ['no object at all', '[]', ['body']],
  ])('is refused for %s, with the path of each problem, and the next good one is taken', async (_what, body, paths) => {
    const refused = await world.call('POST', '/api/v1/results', body);
    expect(refused.status).toBe(400);
    expect((refused.body.problems as { path: string }[]).map(({ path }) => path)).toEqual(paths);
    expect((await world.post(run())).status).toBe(202);
  });

  test('of a version that is not released is kept in shadow and told to operations', async () => {
    const answer = await world.post(run({ detector: { id: 'example-ich', version: '2.0.0' } }));
    expect(answer).toMatchObject({ status: 202, body: { shadow: true } });
    expect(await world.expect('run.recorded', 1)).toMatchObject([{ shadow: true }]);
    expect(await world.metrics.text()).toContain(
      'voorrang_results_unreleased_version_total{site="EX",detector="example-ich"} 1',
    );
    expect(world.log.filter((line) => line.includes('operations alert'))).toHaveLength(1);
  });

  test('leaves nothing of the study, the accession number or its texts in the log', async () => {
    const secrets = ['ACC-CANARY', 'reason-canary', 'location-canary', uid];
    const findings = [{ finding: 'ICH', outcome: 'positive', location: 'location-canary' }] as const;
    await world.post(run({ accessionNumber: 'ACC-CANARY', reason: 'reason-canary', findings: [...findings] }));
    await world.post(
      run({ accessionNumber: 'ACC-CANARY', detector: { id: 'example-ich', version: '9' }, resultId: 'b' }),
    );
    await world.call('POST', '/api/v1/results', { ...run(), reason: ['reason-canary'], accessionNumber: 'ACC-CANARY' });
    await world.expect('run.recorded', 2);
    for (const secret of secrets) expect(world.log.join('\n')).not.toContain(secret);
  });
});

describe('a run that was taken', () => {
  test('is withdrawn once, whatever the number of calls, and an unknown one is 404', async () => {
    await world.post(run());
    for (let i = 0; i < 2; i += 1) {
      expect((await world.call('DELETE', '/api/v1/results/vendor:1', { reason: 'wrong series' })).status).toBe(200);
    }
    const told = await world.expect('run.withdrawn', 1);
    expect(told).toEqual([{ resultId: 'vendor:1', studyInstanceUid: uid, reason: 'wrong series' }]);
    const unknown = await world.call('DELETE', '/api/v1/results/vendor:2');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'VRG_RESULT_UNKNOWN' } });
    expect((await world.post(run())).status).toBe(200);
  });

  test('gets a verdict of a person, told again only when it changes', async () => {
    await world.post(run());
    const give = (verdict: string, finding = 'ICH') =>
      world.call('POST', '/api/v1/results/vendor:1/verdict', { finding, verdict }, { 'x-acting-user': 'rad-1' });
    expect((await give('agree')).status).toBe(200);
    expect((await give('agree')).status).toBe(200);
    expect((await give('disagree')).status).toBe(200);
    const told = await world.expect('verdict.given', 2);
    expect(told).toMatchObject([
      { studyInstanceUid: uid, resultId: 'vendor:1', finding: 'ICH', verdict: 'agree', by: 'rad-1' },
      { verdict: 'disagree' },
    ]);
    expect(await give('agree', 'PE')).toMatchObject({ status: 422 });
    expect(await give('perhaps')).toMatchObject({ status: 400, body: { problems: [{ path: 'body.verdict' }] } });
    expect((await world.call('POST', '/api/v1/results/x/verdict', { finding: 'ICH', verdict: 'agree' })).status).toBe(
      404,
    );
  });
});

describe('the registry', () => {
  test('names every detector with its state and figures', async () => {
    await world.post(run());
    const { body } = await world.call('GET', '/api/v1/detectors?site=EX');
    expect(body.items).toHaveLength(8);
    expect(await world.figures('example-ich')).toMatchObject({
      state: 'active',
      lastRunAt: world.clock.now(),
      runsLastDay: 1,
    });
  });

  test('a detector that is suspended is told so, its runs go into shadow, and a restart remembers it', async () => {
    const path = '/api/v1/detectors/example-ich/state';
    expect((await world.call('PUT', path, { state: 'suspended', reason: '' })).status).toBe(400);
    expect((await world.call('PUT', '/api/v1/detectors/x/state', { state: 'shadow', reason: 'a' })).status).toBe(404);
    expect((await world.call('PUT', path, { state: 'suspended', reason: 'drift' })).status).toBe(200);
    expect(await world.expect('detector.state-changed', 1)).toEqual([
      { detector: 'example-ich', state: 'suspended', reason: 'drift', by: 'api' },
    ]);
    await world.stop();
    await world.start();
    expect((await world.post(run())).body).toMatchObject({ shadow: true });
    expect(await world.figures('example-ich')).toMatchObject({ state: 'suspended' });
  });
});

test('nobody gets in without the token, and before the start is over the answer is "not now"', async () => {
  expect((await world.call('POST', '/api/v1/results', run(), { authorization: '' })).status).toBe(401);
  await world.stopService();
  expect((await world.post(run())).status).toBe(503);
});
