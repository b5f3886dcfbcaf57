import { describe, expect, test } from '@jest/globals';
import type { EventData } from '@voorrang/contracts';
import { announced, keys } from './facts.ts';
import { at, idOf, jansen, Story } from './story.ts';

type Announced = EventData<'images.announced'>;
const uid = '1.2.3';
const other = { ...jansen, id: 'P2', name: 'De Vries Anna' };

const series = (n: number, instances: readonly number[]): Announced['series'][number] => ({
  seriesInstanceUid: `${uid}.${n}`,
  modality: null,
  description: null,
  protocol: null,
  instances: instances.map((i) => ({ sopInstanceUid: `${uid}.${n}.${i}`, sopClassUid: '1.2.840.10008.5.1.4.1.1.2' })),
  instanceCount: null,
  retrieveAe: null,
});
const ian = (minutes: number, story: Story, given: Partial<Announced> = {}, site = 'EX'): Story =>
  story.tell(
    minutes,
    'images.announced',
    idOf(uid, site),
    announced(uid, { series: [series(1, [1, 2])], ...given }),
    site,
  );
const mpps = (minutes: number, story: Story, status: Announced['status'], given: Partial<Announced> = {}): Story =>
  ian(minutes, story, {
    by: 'mpps',
    status,
    procedureStepUid: '1.9.1',
    modality: 'CT',
    patient: jansen,
    accessionNumbers: ['A1'],
    series: [],
    ...given,
  });
const conflicted = (minutes: number, story: Story, given: Partial<EventData<'study.conflicted'>>): Story =>
  story.tell(minutes, 'study.conflicted', idOf(uid), {
    studyInstanceUid: uid,
    kind: 'instance-content',
    otherSite: null,
    sopInstanceUid: `${uid}.1.1`,
    count: 1,
    foundAt: at(minutes),
    ...given,
  });

describe('images that lie in a PACS', () => {
  test('begin a row with what is known, and the patient of the order that names the study', () => {
    const story = ian(5, new Story().order(0, '1', { studyInstanceUid: uid, patient: jansen, modality: 'CT' }));
    const { row, detail, timeline } = story.document(uid);
    expect(row).toMatchObject({ list: 'reading', modality: 'CT', receivedAt: at(5), patient: { id: 'P1' } });
    expect(row.flags).not.toContain('images-not-received');
    expect(detail.series).toMatchObject([{ seriesInstanceUid: `${uid}.1`, instanceCount: 2 }]);
    expect(timeline.map(({ summary }) => summary.nl)).toContain('2 beelden beschikbaar in het PACS');
  });

  test('and come later as well are the same images: the time of the row stays, the line says that they came', () => {
    const story = ian(5, new Story()).images(60, uid, {
      instances: [1, 2].map((i) => ({ sopInstanceUid: `${uid}.1.${i}`, digest: '00' })),
    });
    const { row, detail, timeline } = story.document(uid);
    expect(row).toMatchObject({ receivedAt: at(5), patient: { id: 'P1' } });
    expect(detail.series).toMatchObject([{ instanceCount: 2 }]);
    expect(timeline.map(({ summary }) => summary.en)).toEqual([
      '2 images available in the PACS',
      '2 CT images received',
    ]);
  });

  test('do not bring a read study back when they come, a new one does', () => {
    const read = ian(5, new Story()).read(10, uid);
    expect(read.row(uid).list).toBe('done');
    expect(read.images(20, uid).row(uid, 30).list).toBe('done');
    expect(ian(25, read, { series: [series(2, [1])] }).row(uid, 30)).toMatchObject({
      list: 'reading',
      receivedAt: at(25),
    });
  });

  test('are counted where a peer tells only how many, and are none where it says that they cannot be had', () => {
    const counted = ian(5, new Story(), { by: 'pacs-comparison', series: [{ ...series(1, []), instanceCount: 40 }] });
    expect(counted.document(uid).detail.series).toMatchObject([{ instanceCount: 40 }]);
    expect(ian(5, new Story(), { status: 'unavailable' }).documents(10).size).toBe(0);
  });
});

describe('a procedure step', () => {
  test('in progress shows the study as being made, in the place of its order, and begins no reading', () => {
    const story = mpps(5, new Story().order(0, '1', { accessionNumbers: ['A1'], patient: jansen }), 'in-progress');
    expect(story.rowsOf('reading')).toEqual([]);
    const [row, ...others] = story.rowsOf('expected');
    expect(others).toEqual([]);
    expect(row).toMatchObject({ studyInstanceUid: uid, studyId: idOf(uid), modality: 'CT', receivedAt: null });
    expect(row?.reasons.map(({ code }) => code)).toContain('being-made');
  });

  test('that nobody ordered is shown for a day; discontinued, it is gone at once', () => {
    const story = mpps(5, new Story(), 'in-progress');
    expect(story.rowsOf('expected', 60)).toHaveLength(1);
    expect(story.rowsOf('expected', 24 * 60 + 10)).toEqual([]);
    expect(mpps(20, story, 'discontinued').rowsOf('expected', 60)).toEqual([]);
  });

  test('completed with images puts the study on the list: made, and not received here', () => {
    const story = mpps(20, mpps(5, new Story(), 'in-progress'), 'completed', { series: [series(1, [1, 2, 3])] });
    const { row, timeline } = story.document(uid);
    expect(row).toMatchObject({ list: 'reading', receivedAt: at(20), modality: 'CT', patient: { id: 'P1' } });
    expect(row.flags).toEqual(expect.arrayContaining(['images-not-received', 'unscored']));
    expect(timeline.map(({ summary }) => summary.en)).toEqual([
      'Examination in progress',
      'Examination completed, 3 images made',
    ]);
    const received = story.images(30, uid);
    expect(received.row(uid)).toMatchObject({ receivedAt: at(30) });
    expect(received.row(uid).flags).not.toContain('images-not-received');
  });

  test('completed without images begins nothing', () => {
    expect(mpps(5, new Story(), 'completed').documents(10).size).toBe(0);
  });

  test('links every accession number that it names, also where an image names one of them', () => {
    const story = new Story()
      .order(0, '1', { accessionNumbers: ['A1'], patient: jansen })
      .order(0, '2', { accessionNumbers: ['A2'], patient: jansen });
    mpps(5, story, 'in-progress', { accessionNumbers: ['A1', 'A2'] }).images(10, uid, { accessionNumbers: ['A1'] });
    expect(story.row(uid).accessionNumbers).toEqual(['A1', 'A2']);
    expect(story.document(uid).detail.orders).toHaveLength(2);
  });

  test('of another patient is a contradiction, unless it was discontinued', () => {
    const wrong = mpps(0, new Story(), 'in-progress', { patient: other }).images(5, uid);
    expect(wrong.document(uid).detail.conflicts).toMatchObject([{ kind: 'two-patients' }]);
    expect(wrong.row(uid).patient.id).toBe('P1');
    expect(mpps(6, wrong, 'discontinued', { patient: other }).row(uid).flags).not.toContain('conflict');
  });
});

describe('contradictions', () => {
  const patients = (): Story =>
    new Story().images(0, uid).images(1, uid, { seriesInstanceUid: `${uid}.2`, patient: other });

  test('two patients are one until a merge is undone', () => {
    const story = patients();
    expect(story.row(uid).flags).toContain('conflict');
    story.merge(10, 'P1', 'P2');
    expect(story.document(uid).detail.conflicts).toEqual([]);
    expect(story.row(uid)).toMatchObject({ patient: { id: 'P1' } });
    story.tell(20, 'patient.unmerged', keys.patient('EX', 'P1'), {
      survivor: { id: 'P1', authority: 'EX' },
      prior: { id: 'P2', authority: 'EX' },
    });
    expect(story.document(uid).detail.conflicts).toMatchObject([{ kind: 'two-patients' }]);
    expect(story.document(uid).timeline.map(({ summary }) => summary.en)).toContain('Merge of patient records undone');
  });

  test('the undoing of another merge undoes nothing, and a later merge holds again', () => {
    const undone = (survivor: string, minutes: number, story: Story): Story =>
      story.tell(minutes, 'patient.unmerged', keys.patient('EX', survivor), {
        survivor: { id: survivor, authority: 'EX' },
        prior: { id: 'P2', authority: 'EX' },
      });
    const story = undone('P3', 20, patients().merge(10, 'P1', 'P2'));
    expect(story.row(uid).flags).not.toContain('conflict');
    expect(undone('P1', 30, story).row(uid).flags).toContain('conflict');
    expect(story.merge(40, 'P1', 'P2').row(uid).flags).not.toContain('conflict');
  });

  test('two sites are told once, whoever says so first', () => {
    const story = new Story().images(0, uid).images(1, uid, {}, 'WY');
    expect(story.document(uid).detail.conflicts).toEqual([
      { kind: 'two-sites', otherSite: 'WY', count: null, foundAt: null },
    ]);
    conflicted(2, story, { kind: 'two-sites', otherSite: 'WY', sopInstanceUid: null });
    expect(story.document(uid).detail.conflicts).toEqual([
      { kind: 'two-sites', otherSite: 'WY', count: null, foundAt: at(2) },
    ]);
  });

  test('two contents are one line of the timeline, with the most instances that were told', () => {
    const story = new Story().images(0, uid);
    for (const [minutes, count] of [[3, 2] as const, [2, 1] as const, [4, 9] as const])
      conflicted(minutes, story, { count });
    const { row, detail, timeline } = story.document(uid);
    expect(row.flags).toContain('conflict');
    expect(detail.conflicts).toEqual([{ kind: 'instance-content', otherSite: null, count: 9, foundAt: at(2) }]);
    expect(timeline.filter(({ type }) => type === 'study.conflicted')).toHaveLength(1);
  });
});
