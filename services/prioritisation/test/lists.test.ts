import { describe, expect, test } from '@jest/globals';
import { keys, orderData, orderKeyOf } from './facts.ts';
import { at, idOf, jansen, Story } from './story.ts';

const hour = 60;
const linked = (given = {}) => new Story().order(0, 'F', given).images(5, '1.1', { accessionNumbers: ['AF'] });

describe('from expected to read', () => {
  test('an order without images is expected and gives way to its study, also when it comes late', () => {
    const story = new Story().order(0, 'F', { patient: jansen });
    expect(story.rowsOf('expected')).toMatchObject([
      { studyId: keys.of('expected', 'EX', orderKeyOf('EX', 'F', null)), studyInstanceUid: null, dueAt: null },
    ]);
    story.images(30, '1.1', { accessionNumbers: ['AF'] });
    expect(story.rowsOf('expected')).toEqual([]);
    expect(story.rowsOf('reading')).toMatchObject([{ studyId: idOf('1.1') }]);
  });

  test('orders that name a study share its one expected row', () => {
    const story = new Story().order(0, 'F', { studyInstanceUid: '1.1', accessionNumbers: ['X'] });
    story.order(1, 'G', { accessionNumbers: ['X'] });
    expect(story.rowsOf('expected')).toMatchObject([{ studyId: idOf('1.1'), studyInstanceUid: '1.1' }]);
    expect(story.documents(9).get(idOf('1.1'))?.detail.orders).toHaveLength(2);
  });

  test('a cancelled order is marked, and leaves the expected list after 72 hours', () => {
    const story = new Story().cancel(0, 'F').order(5, 'F');
    expect(story.rowsOf('expected', 71 * hour)).toMatchObject([{ flags: ['unscored', 'order-cancelled'] }]);
    expect(story.rowsOf('expected', 73 * hour)).toEqual([]);
    expect(linked().cancel(9, 'F').row('1.1').flags).toContain('order-cancelled');
  });

  test('an order known by its placer number first is one with its filler number, and a cancellation of it holds', () => {
    const both = { filler: 'F', placer: 'P' };
    const story = new Story().tell(
      0,
      'order.placed',
      orderKeyOf('EX', null, 'P'),
      orderData({ orderNumber: { filler: null, placer: 'P' }, priority: 'stat' }),
    );
    story.tell(
      1,
      'order.changed',
      orderKeyOf('EX', 'F', 'P'),
      orderData({ orderNumber: both, accessionNumbers: ['A'] }),
    );
    expect(story.rowsOf('expected')).toMatchObject([{ orderPriority: 'stat', accessionNumbers: ['A'] }]);
    const cancelled = { orderNumber: { filler: null, placer: 'P' }, accessionNumbers: [] };
    story
      .tell(2, 'order.cancelled', orderKeyOf('EX', null, 'P'), cancelled)
      .images(9, '1.1', { accessionNumbers: ['A'] });
    expect(story.row('1.1').flags).toContain('order-cancelled');
  });

  test('a final report or a reading ends it, a preliminary one does not, and it stays in done for 72 hours', () => {
    expect(linked().report(20, 'F', 'preliminary').row('1.1').list).toBe('reading');
    expect(linked().report(20, 'F', 'addendum').row('1.1').list).toBe('reading');
    const story = linked().report(20, 'F', 'final');
    expect(story.row('1.1', 30).list).toBe('done');
    expect(story.row('1.1', 20 + 72 * hour - 1).list).toBe('done');
    expect(story.documents(20 + 72 * hour).size).toBe(0);
    expect(linked().read(20, '1.1').row('1.1', 30).list).toBe('done');
  });

  test('a late series brings it back as a new reading, where what raised it before is spent; an addendum or a copy of an image does not', () => {
    const story = linked({ visit: { number: null, patientClass: 'emergency', location: 'ED' } });
    story.run(8, '1.1', 'r1', 'positive').report(20, 'F', 'final').report(40, 'F', 'addendum');
    story.images(50, '1.1', { accessionNumbers: ['AF'] });
    expect(story.row('1.1').list).toBe('done');
    story.images(60, '1.1', { seriesInstanceUid: '1.1.9', accessionNumbers: ['AF'] });
    expect(story.row('1.1')).toMatchObject({ list: 'reading', receivedAt: at(60), band: 2, dueAt: at(120) });
    expect(story.row('1.1').ai).toMatchObject([{ display: 'positive' }]);
    expect(story.read(70, '1.1').row('1.1').list).toBe('done');
  });

  test('a study that answers two orders is done when both are reported; a report that is cancelled later never was', () => {
    const two = () =>
      new Story()
        .order(0, 'F')
        .order(0, 'G')
        .images(5, '1.1', { accessionNumbers: ['AF', 'AG'] });
    expect(two().report(20, 'F', 'final').row('1.1').list).toBe('reading');
    expect(two().report(20, 'F', 'final').report(30, 'G', 'final').row('1.1').list).toBe('done');
    expect(two().cancel(10, 'G').report(20, 'F', 'final').row('1.1').list).toBe('done');
    expect(linked().report(20, 'F', 'final').report(30, 'F', 'cancelled').row('1.1').list).toBe('reading');
  });

  test('of two orders with one accession number each waits for its own report; one under a number that nobody placed is of both', () => {
    const shared = { accessionNumbers: ['A'] };
    const two = () => new Story().order(0, 'F', shared).order(0, 'G', shared).images(5, '1.1', shared);
    const report = (story: Story, minutes: number, filler: string) =>
      story.tell(minutes, 'report.issued', orderKeyOf('EX', filler, null), {
        orderNumber: { filler, placer: null },
        ...shared,
        studyInstanceUid: null,
        patient: null,
        status: 'final',
        issuedAt: null,
      });
    expect(report(two(), 20, 'F').row('1.1').list).toBe('reading');
    expect(report(report(two(), 20, 'F'), 21, 'G').row('1.1').list).toBe('done');
    expect(report(two(), 20, 'H').row('1.1').list).toBe('done');
  });

  test('an order that is placed again after its cancellation is open again; a change of it, or one that only comes late, is not', () => {
    const flags = (story: Story) => story.row('1.1').flags.filter((flag) => flag === 'order-cancelled');
    expect(flags(linked().cancel(9, 'F').order(12, 'F'))).toEqual([]);
    expect(flags(linked().cancel(9, 'F').order(12, 'F').cancel(13, 'F'))).toEqual(['order-cancelled']);
    const changed = orderData({ orderNumber: { filler: 'F', placer: null }, accessionNumbers: ['AF'] });
    const story = linked()
      .cancel(9, 'F')
      .tell(12, 'order.changed', orderKeyOf('EX', 'F', null), changed);
    expect(flags(story)).toEqual(['order-cancelled']);
    const again = new Story().order(0, 'F').cancel(9, 'F').order(12, 'F');
    expect(again.rowsOf('expected', 74 * hour)).toMatchObject([{ flags: ['unscored'] }]);
  });
});

describe('links and identity', () => {
  test('the same accession number or UID at two sites stays two studies; the UID is shown as a conflict', () => {
    const story = linked().order(0, 'F', { strokeCode: true }, 'WY');
    expect(story.row('1.1')).toMatchObject({ band: 2, flags: ['unscored', 'overdue'] });
    story.images(6, '1.1', { accessionNumbers: ['AF'] }, 'WY');
    expect(story.rowsOf('reading').map(({ site, flags }) => [site, flags.includes('conflict')])).toEqual([
      ['WY', true],
      ['EX', true],
    ]);
  });

  test('two patients in one study are a conflict until they are merged, whoever is known first', () => {
    const other = { ...jansen, id: 'P2', name: 'Jansen P' };
    const story = linked({ patient: other }).tell(1, 'patient.updated', keys.patient('EX', 'P2'), { patient: other });
    expect(story.row('1.1')).toMatchObject({ patient: { id: 'P1', name: 'Jansen Pieter' } });
    expect(story.row('1.1').flags).toContain('conflict');
    story.merge(-9, 'P2', 'P1');
    expect(story.row('1.1')).toMatchObject({ patient: { id: 'P2', name: 'Jansen P', birthDate: '1950-03-01' } });
    expect(story.row('1.1').flags).not.toContain('conflict');
  });

  describe('images without issuer of the patient id', () => {
    const sent = { ...jansen, authority: 'DICOM', name: 'JANSEN^P', birthDate: null, sex: null };
    const assumed = { patient: sent, patientAuthorityAssumed: true, accessionNumbers: ['AF'] };
    const story = (given = {}) => new Story().order(0, 'F', { patient: jansen, ...given }).images(5, '1.1', assumed);
    const flags = (of: Story) => of.row('1.1').flags.filter((flag) => flag === 'conflict');

    test('are of the patient of their order when the ids are equal, and what ADT tells of that patient applies', () => {
      const on = story().visit(9, { patientClass: 'inpatient', location: 'ICU' });
      expect(on.row('1.1')).toMatchObject({
        patient: { id: 'P1', authority: 'EX', name: 'JANSEN^P', birthDate: '1950-03-01', sex: 'M' },
        location: 'ICU',
      });
      expect(flags(on)).toEqual([]);
      const renamed = { ...jansen, name: 'Nieuwe Naam' };
      on.tell(11, 'patient.updated', keys.patient('EX', 'P1'), { patient: renamed });
      expect(on.row('1.1').patient).toMatchObject({ authority: 'EX', name: 'Nieuwe Naam' });
    });

    test('follow merges, also when order and images have the ids of before and after one', () => {
      expect(story().merge(9, 'P2', 'P1').row('1.1').patient).toMatchObject({ id: 'P2', authority: 'EX' });
      const after = story({ patient: { ...jansen, id: 'P0' } }).merge(9, 'P1', 'P0');
      expect(after.row('1.1').patient).toMatchObject({ id: 'P1', authority: 'EX' });
      expect(flags(after)).toEqual([]);
    });

    test('conflict when the ids differ, and stated authorities conflict when they differ', () => {
      expect(flags(story({ patient: { ...jansen, id: 'P7' } }))).toEqual(['conflict']);
      const stated = new Story().order(0, 'F', { patient: jansen });
      stated.images(5, '1.1', { patient: { ...jansen, authority: 'WY' }, accessionNumbers: ['AF'] });
      expect(flags(stated)).toEqual(['conflict']);
    });

    test('are of the sender default without an order, and of the series that states it when another does', () => {
      const alone = new Story().images(5, '1.1', assumed);
      expect(alone.row('1.1').patient.authority).toBe('DICOM');
      alone.images(4, '1.1', { seriesInstanceUid: '1.1.2', patient: jansen });
      expect(alone.row('1.1').patient.authority).toBe('EX');
      expect(flags(alone)).toEqual([]);
    });
  });

  test('a merge that would close a circle is refused; a chain leads to its end', () => {
    const story = linked().merge(1, 'P2', 'P1').merge(2, 'P3', 'P2').merge(3, 'P1', 'P3').merge(4, 'P1', 'P1');
    expect(story.row('1.1').patient.id).toBe('P3');
  });

  test('the timeline tells every linked fact once, oldest first, without the text of messages', () => {
    const story = linked({ patient: jansen, priority: 'stat' }).images(5.5, '1.1', {
      instances: [{ sopInstanceUid: '1.1.1.2', digest: '0' }],
    });
    story.run(8, '1.1', 'r1', 'positive').merge(9, 'P2', 'P1').report(20, 'F', 'final');
    const { timeline } = story.document('1.1', 30);
    expect(timeline.map(({ type, summary }) => `${type}: ${summary.en}`)).toEqual([
      'order.placed: Order placed (stat)',
      'series.observed: 2 CT images received',
      'run.recorded: AI result of det-ich: intracranial haemorrhage positive',
      'patient.merged: Patient records merged',
      'report.issued: Report: final',
    ]);
    expect(JSON.stringify(timeline)).not.toContain('Jansen');
  });

  test('the timeline is Dutch in Dutch', () => {
    const story = linked({ priority: 'routine' }).images(6, '1.1', { seriesInstanceUid: '1.1.2', modality: null });
    story.images(7, '1.1', {
      seriesInstanceUid: '1.1.2',
      modality: null,
      instances: [{ sopInstanceUid: '9', digest: '' }],
    });
    story.images(7.5, '1.1', {
      seriesInstanceUid: '1.1.2',
      modality: null,
      instances: [{ sopInstanceUid: '8', digest: '' }],
    });
    const raised = { studyInstanceUid: '1.1', by: 'dr.a', reason: 'phone call', class: 'emergency' as const };
    story.tell(9, 'study.raised', idOf('1.1'), raised);
    expect(story.document('1.1').timeline.map(({ summary }) => summary.nl)).toEqual([
      'Aanvraag ontvangen (regulier)',
      '1 CT-beeld ontvangen',
      '1 beeld ontvangen',
      '2 beelden ontvangen',
      'Naar voren gehaald (spoed) door dr.a',
    ]);
  });
});

test('a modality clock ahead of ours, or a request well after the images, is shown as skewed and moves nothing', () => {
  const plain = linked().row('1.1');
  const images = linked().images(6, '1.1', { seriesInstanceUid: '1.1.2', acquiredAt: '20261123093000' });
  expect(images.row('1.1').flags).toContain('clock-skew');
  expect(images.row('1.1').dueAt).toBe(plain.dueAt);
  expect(linked({ requestedAt: at(120) }).row('1.1').flags).toContain('clock-skew');
  expect(linked({ requestedAt: at(30) }).row('1.1').flags).not.toContain('clock-skew');
});

describe('who has it open', () => {
  const claim = (story: Story, minutes: number, by: string, fence: number) =>
    story.tell(minutes, 'study.claimed', idOf('1.1'), { studyInstanceUid: '1.1', by, fence, until: at(minutes + 30) });

  test('the highest fence holds, until released, run out or read', () => {
    const story = claim(claim(linked(), 10, 'dr.a', 1), 12, 'dr.b', 2);
    expect(story.row('1.1', 15).claim).toEqual({ by: 'dr.b', until: at(42) });
    expect(story.row('1.1', 42).claim).toBeNull();
    story.tell(14, 'study.released', idOf('1.1'), { studyInstanceUid: '1.1', by: 'dr.a', fence: 1 });
    expect(story.row('1.1', 15).claim).not.toBeNull();
    expect(story.read(20, '1.1').row('1.1', 25).claim).toBeNull();
  });

  test('a hold is shown and moves nothing', () => {
    const story = linked();
    const before = story.document('1.1').key;
    const hold = { studyInstanceUid: '1.1', by: 'dr.a', reason: 'prior', until: at(90) };
    story.tell(10, 'study.held', idOf('1.1'), hold);
    expect(story.row('1.1', 20).flags).toContain('held');
    expect(story.document('1.1', 20).key).toEqual(before);
    expect(story.row('1.1', 90).flags).not.toContain('held');
  });
});
