import { describe, expect, test } from '@jest/globals';
import { at, idOf, Story } from './story.ts';

const outpatient = { number: null, patientClass: 'outpatient' as const, location: 'CLINIC' };
const emergency = { number: null, patientClass: 'emergency' as const, location: 'ED' };

describe('the order of the list', () => {
  test('a positive study passes two that were due before it, and a negative run moves nothing', () => {
    const story = new Story();
    for (const [n, uid] of ['1.1', '1.2', '1.3', '1.4', '1.5'].entries())
      story
        .order(n, `F${n}`, { visit: n === 3 ? outpatient : emergency })
        .images(10 + n, uid, { accessionNumbers: [`AF${n}`] });
    expect(story.rowsOf('reading', 20).map(({ studyId }) => studyId)).toEqual(
      ['1.1', '1.2', '1.3', '1.5', '1.4'].map((uid) => idOf(uid)),
    );
    story.run(20, '1.1', 'r1', 'negative').run(21, '1.4', 'r2', 'positive');
    const rows = story.rowsOf('reading', 25);
    expect(rows.map(({ studyId }) => studyId)).toEqual(['1.4', '1.1', '1.2', '1.3', '1.5'].map((uid) => idOf(uid)));
    expect(rows[0]).toMatchObject({ band: 1, urgencyClass: 'acute', dueAt: at(31), maxWaitAt: at(41) });
    expect(rows[0]?.reasons.map(({ code }) => code)).toEqual(['ai-ich', 'without-ai', 'due']);
    expect(rows[0]?.reasons[0]?.text.nl).toBe('AI: hersenbloeding by det-ich (nl) (nl)');
  });

  test('a transfer, a class change or a discharge never worsens an unread study', () => {
    const story = new Story().order(0, 'F', { visit: emergency }).images(5, '1.1', { accessionNumbers: ['AF'] });
    const before = story.document('1.1').key;
    story
      .order(20, 'F', { visit: { number: null, patientClass: 'inpatient', location: 'WARD-3' } })
      .visit(30, { patientClass: 'outpatient', location: 'HOME' }, true);
    expect(story.document('1.1').key).toEqual(before);
    expect(story.row('1.1')).toMatchObject({ band: 2, patientClass: 'outpatient', location: 'HOME' });
  });

  test('a transfer to the resuscitation room improves it; one that ended before the study began does not count', () => {
    const improved = new Story().order(0, 'F', { visit: outpatient }).images(5, '1.1', { accessionNumbers: ['AF'] });
    improved.visit(9, { location: 'RESUS' }).visit(15, { location: 'WARD-3' });
    expect(improved.row('1.1')).toMatchObject({ band: 0, location: 'WARD-3' });
    const earlier = new Story().order(-90, 'F', { visit: { ...outpatient, location: 'RESUS' } });
    earlier.order(-30, 'F', { visit: outpatient }).images(5, '1.1', { accessionNumbers: ['AF'] });
    expect(earlier.row('1.1').band).toBe(3);
  });

  test('a run that came before the images does not move the place without AI', () => {
    const story = new Story().order(0, 'F', { visit: emergency }).images(30, '1.1', { accessionNumbers: ['AF'] });
    const without = story.document('1.1');
    story.run(2, '1.1', 'r1', 'negative');
    expect(story.document('1.1').key).toEqual(without.key);
  });

  test('without order, or when a rule cannot be evaluated, a study is unscored at the safe place', () => {
    const story = new Story().images(0, '1.1').order(1, 'F', { indication: 'BREAK', visit: outpatient });
    story.images(2, '1.2', { accessionNumbers: ['AF'] });
    for (const uid of ['1.1', '1.2']) {
      expect(story.row(uid)).toMatchObject({ band: 2, urgencyClass: 'emergency' });
      expect(story.row(uid).flags).toContain('unscored');
      expect(story.row(uid).reasons[0]?.code).toBe('unscored');
    }
  });

  test('a run without images is on the list, unscored, and still ranked by its finding', () => {
    const story = new Story().run(3, '1.1', 'r1', 'positive');
    expect(story.row('1.1')).toMatchObject({ list: 'reading', band: 1, dueAt: at(13), receivedAt: at(3) });
    expect(story.row('1.1', 5).flags).toEqual(['unscored', 'images-not-received']);
    expect(new Story().run(3, '1.1', 'r1', 'positive', {}, true).documents(5).size).toBe(0);
  });

  test('a raise by a person is human: it counts in the place without AI, is undone by the same person only, and lowers nothing', () => {
    const raise = (by: string, level: 'acute' | 'routine' | null) => ({
      studyInstanceUid: '1.1',
      by,
      reason: 'phone call',
      class: level,
    });
    const story = new Story().order(0, 'F', { visit: emergency }).images(5, '1.1', { accessionNumbers: ['AF'] });
    story.tell(10, 'study.raised', idOf('1.1'), raise('dr.b', 'routine'));
    expect(story.row('1.1').band).toBe(2);
    story.tell(11, 'study.raised', idOf('1.1'), raise('dr.a', 'acute'));
    story.tell(12, 'study.raised', idOf('1.1'), raise('dr.b', null));
    expect(story.document('1.1').baseKey).toEqual(story.document('1.1').key);
    expect(story.row('1.1')).toMatchObject({ band: 0, dueAt: at(21) });
    story.tell(13, 'study.raised', idOf('1.1'), raise('dr.a', null));
    expect(story.row('1.1').band).toBe(2);
  });

  test('of several orders the most urgent places the study', () => {
    const story = new Story().order(0, 'F', { visit: outpatient }).order(1, 'G', { strokeCode: true });
    story.images(5, '1.1', { accessionNumbers: ['AF', 'AG'] });
    expect(story.row('1.1')).toMatchObject({ band: 0, accessionNumbers: ['AF', 'AG'] });
    expect(story.document('1.1').detail.orders).toHaveLength(2);
  });
});

describe('what detectors say', () => {
  const withImages = () => new Story().images(0, '1.1');
  const display = (story: Story) => story.row('1.1').ai.map(({ finding, display: shown }) => `${finding} ${shown}`);

  test('an expected run falls late, and its result clears that', () => {
    const story = withImages().expected(5, '1.1');
    expect(display(story)).toEqual(['ICH expected']);
    story.expected(15, '1.1', 1, 'run.overdue');
    expect(display(story)).toEqual(['ICH late']);
    story.run(20, '1.1', 'r1', 'negative');
    expect(display(story)).toEqual(['ICH negative']);
  });

  test('a finding that a completed run did not speak of is never negative', () => {
    const story = withImages().expected(5, '1.1');
    story.run(6, '1.1', 'r1', 'negative', { findings: [{ finding: 'CSPINE_FRACTURE', outcome: 'negative' }] });
    expect(display(story)).toEqual(['CSPINE_FRACTURE negative', 'ICH inconclusive']);
  });

  test('a run that failed before it named a finding is shown for all that its detector looks for', () => {
    expect(display(withImages().run(6, '1.1', 'r1', 'failed'))).toEqual(['CSPINE_FRACTURE failed', 'ICH failed']);
  });

  test('a late series waits for its own run, but a positive one stays', () => {
    const settle = (story: Story, version: number, minutes: number) =>
      story.tell(minutes, 'study.settled', idOf('1.1'), {
        studyInstanceUid: '1.1',
        version,
        by: 'quiet',
        imagesCompleteAt: at(minutes - 1),
        settledAt: at(minutes),
        modalities: ['CT'],
        bodyParts: [],
        seriesInstanceUids: [],
      });
    const negative = settle(withImages(), 1, 4).expected(5, '1.1').run(6, '1.1', 'r1', 'negative');
    expect(display(settle(negative, 2, 40).expected(41, '1.1', 2))).toEqual(['ICH expected']);
    expect(display(negative.run(45, '1.1', 'r2', 'negative'))).toEqual(['ICH negative']);
    const positive = settle(withImages(), 1, 4).expected(5, '1.1').run(6, '1.1', 'r1', 'positive');
    expect(display(settle(positive, 2, 40).expected(41, '1.1', 2))).toEqual(['ICH positive']);
  });

  test.each(['before', 'after'])('a withdrawal %s its run takes the raise away and is shown as failed', (when) => {
    const story = withImages().run(10, '1.1', 'r1', 'positive');
    story.withdraw(when === 'before' ? 9 : 11, '1.1', 'r1');
    expect(story.document('1.1').key).toEqual(story.document('1.1').baseKey);
    expect(story.row('1.1').ai).toMatchObject([{ finding: 'ICH', display: 'failed', reason: 'wrong study' }]);
  });

  test('a correction takes the place of the run it replaces; without effect from shadow, another detector, or when withdrawn itself', () => {
    const positive = () => withImages().run(10, '1.1', 'r1', 'positive');
    const corrected = positive().run(12, '1.1', 'r2', 'negative', { replaces: 'r1' });
    expect(display(corrected)).toEqual(['ICH negative']);
    expect(corrected.document('1.1').detail.runs[0]).toMatchObject({ resultId: 'r1', replacedBy: 'r2' });
    const shadow = positive().run(12, '1.1', 'r2', 'negative', { replaces: 'r1' }, true);
    const other = positive().run(12, '1.1', 'r2', 'negative', {
      replaces: 'r1',
      detector: { id: 'det-pe', version: '1' },
    });
    for (const story of [shadow, other, corrected.withdraw(13, '1.1', 'r2')])
      expect(story.row('1.1').ai.find(({ detector }) => detector === 'det-ich')?.display).toBe('positive');
  });

  test('a person who disagrees with the finding that raised the row is named in its reasons, and the row keeps its place', () => {
    const verdict = (story: Story, minutes: number, said: 'agree' | 'disagree') =>
      story.tell(minutes, 'verdict.given', idOf('1.1'), {
        studyInstanceUid: '1.1',
        resultId: 'r1',
        finding: 'ICH',
        verdict: said,
        by: 'dr.a',
      });
    const story = withImages().run(10, '1.1', 'r1', 'positive');
    const before = story.document('1.1').key;
    const note = () => story.row('1.1').reasons.find(({ code }) => code === 'ai-disagreed')?.text;
    expect(note()).toBeUndefined();
    verdict(story, 12, 'disagree');
    expect(note()?.nl).toBe('dr.a is het oneens met AI (hersenbloeding); de plaats op de lijst blijft');
    expect(story.row('1.1').reasons[0]?.code).toBe('ai-ich');
    expect(story.document('1.1').key).toEqual(before);
    verdict(story, 13, 'agree');
    expect(note()).toBeUndefined();
    verdict(story, 14, 'disagree').withdraw(15, '1.1', 'r1');
    expect(note()).toBeUndefined();
  });

  describe('the row of a stroke-code order', () => {
    const stroke = (given = {}) =>
      new Story().order(0, 'F', { strokeCode: true, ...given }).images(5, '1.1', { accessionNumbers: ['AF'] });
    const notes = (story: Story) =>
      story.row('1.1').reasons.flatMap(({ code, text }) => (code === 'ai-missing-stroke' ? [text.nl] : []));
    const missing = ['AI-uitslag ontbreekt bij strokecode (hersenbloeding): beoordeel alsof er geen AI is'];

    test('says that a result is missing when the run for the stroke team failed, is not eligible or is late, until one comes', () => {
      expect(notes(stroke().expected(6, '1.1'))).toEqual([]);
      const late = stroke().expected(6, '1.1').expected(16, '1.1', 1, 'run.overdue');
      expect(notes(late)).toEqual(missing);
      expect(late.row('1.1').reasons[0]?.code).toBe('stroke-code');
      expect(late.document('1.1').key).toEqual(stroke().document('1.1').key);
      expect(notes(late.run(17, '1.1', 'r1', 'failed'))).toEqual(missing);
      expect(notes(late.run(18, '1.1', 'r2', 'negative'))).toEqual([]);
      expect(notes(stroke().run(7, '1.1', 'r1', 'failed', { status: 'not-eligible' }))).toEqual(missing);
      expect(notes(stroke().run(7, '1.1', 'r1', 'failed').read(20, '1.1'))).toEqual([]);
    });

    test('says nothing of findings that are none of the stroke team, nor does the row of another order', () => {
      const pe = { detector: { id: 'det-pe', version: '1' } };
      expect(notes(stroke().run(7, '1.1', 'r1', 'failed', pe))).toEqual([]);
      expect(notes(stroke({ strokeCode: null }).run(7, '1.1', 'r1', 'failed'))).toEqual([]);
    });
  });

  describe('a suspended detector', () => {
    const switched = (story: Story, minutes: number, state: 'active' | 'suspended') =>
      story.tell(minutes, 'detector.state-changed', idOf('gov'), {
        detector: 'det-ich',
        state,
        reason: 'drift',
        by: 'raio',
      });

    test('keeps the raise that it gave before, and the row says since when it is suspended', () => {
      const story = withImages().run(10, '1.1', 'r1', 'positive');
      const before = story.document('1.1').key;
      switched(switched(story, 20, 'suspended'), 25, 'suspended');
      expect(story.document('1.1').key).toEqual(before);
      expect(story.row('1.1').ai).toMatchObject([
        { display: 'positive', confidence: 0.9, reason: 'detector suspended since 09:20 (raio: drift)' },
      ]);
      expect(story.row('1.1').reasons.find(({ code }) => code === 'ai-suspended-since')?.text.nl).toBe(
        'AI-uitslag van vóór de opschorting van det-ich (nl) (sinds 09.20)',
      );
    });

    test('raises nothing from then on, and is shown as suspended, with the reason, until it is active again', () => {
      const story = switched(withImages().run(10, '1.1', 'r0', 'negative'), 20, 'suspended');
      story.run(22, '1.1', 'r1', 'positive');
      expect(story.row('1.1').ai).toMatchObject([{ display: 'suspended', reason: 'raio: drift', confidence: null }]);
      expect(story.document('1.1').key).toEqual(story.document('1.1').baseKey);
      expect(story.row('1.1').reasons.map(({ code }) => code)).not.toContain('ai-suspended-since');
      expect(switched(story, 30, 'active').row('1.1').band).toBe(1);
    });

    test('is never shown negative by an answer that is older than a positive it gave meanwhile', () => {
      const story = switched(withImages().run(10, '1.1', 'r0', 'negative'), 20, 'suspended');
      switched(story.run(22, '1.1', 'r1', 'positive', {}, true), 30, 'active');
      expect(story.row('1.1').ai).toMatchObject([{ display: 'inconclusive', confidence: null }]);
      expect(story.document('1.1').key).toEqual(story.document('1.1').baseKey);
      expect(display(story.run(40, '1.1', 'r2', 'negative'))).toEqual(['ICH negative']);
    });
  });
});
