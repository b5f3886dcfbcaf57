import { describe, expect, test } from '@jest/globals';
import { bytesOf, keys, pid } from '../../test/helpers.ts';
import { events, problems } from '../../test/mapped.ts';
import type { MappingSettings } from './settings.ts';

const adt = (event: string, ...segments: string[]): Uint8Array =>
  bytesOf(`MSH|^~\\&|ADT|HOSP|V|EX|20261123||ADT^${event}|9|P|2.5`, ...segments);

/** `A>B`: the id A of authority HOSP is now B. */
const merges = (bytes: Uint8Array, more: Partial<MappingSettings> = {}): string[] =>
  events(bytes, more).map((event) => {
    if (event.type !== 'patient.merged' && event.type !== 'patient.unmerged') return event.type;
    const { survivor, prior } = event.data;
    expect(event.key).toBe(keys.patient(survivor.authority, survivor.id));
    const named = [prior, survivor].map(({ id, authority }) => (authority === 'HOSP' ? id : `${id}@${authority}`));
    return `${event.type === 'patient.unmerged' ? 'un' : ''}${named.join('>')}`;
  });

describe('merges', () => {
  test.each(['A18', 'A40', 'A47'])('%s moves one pointer, and the survivor keeps its person', (event) => {
    expect(merges(adt(event, pid, 'MRG|OLD1^^^HOSP'))).toEqual(['OLD1>P1']);
    expect(events(adt(event, pid, 'MRG|OLD1^^^HOSP'))[0]?.data).toEqual({
      survivor: { id: 'P1', authority: 'HOSP', name: 'Jansen, Jan', birthDate: '1960-01-02', sex: 'M' },
      prior: { id: 'OLD1', authority: 'HOSP' },
    });
  });

  test('the same message twice gives the same facts', () => {
    const message = adt('A40', pid, 'MRG|OLD1', 'PID|||P2', 'MRG|P1');
    expect(events(message)).toEqual(events(message));
    expect(merges(message)).toEqual(['OLD1>P1', 'P1>P2']);
  });

  test('several ids go authority by authority; ids that stay the same are no merge', () => {
    const keepAuthorities = ['HOSP', 'LAB'];
    const survivor = 'PID|||P1^^^HOSP~L1^^^LAB';
    expect(merges(adt('A40', survivor, 'MRG|OLD^^^HOSP~L2^^^LAB'), { keepAuthorities })).toEqual([
      'OLD>P1',
      'L2@LAB>L1@LAB',
    ]);
    expect(merges(adt('A40', survivor, 'MRG|L1^^^LAB~OLD^^^HOSP'), { keepAuthorities })).toEqual(['OLD>P1']);
    expect(merges(adt('A40', survivor, 'MRG|A^^^HOSP~B^^^HOSP'), { keepAuthorities })).toEqual(['A>P1', 'B>P1']);
    expect(merges(adt('A40', 'PID|||P1^^^HOSP', 'MRG|T1^^^LAB'), { keepAuthorities })).toEqual(['T1@LAB>P1']);
  });

  test.each([
    ['without PID', [], ['101 PID-3']],
    ['without MRG', [pid], ['101 MRG-1']],
    ['with an MRG before its PID', ['MRG|OLD', pid], ['100 MRG', '101 MRG-1']],
    ['with two MRG for one PID', [pid, 'MRG|A', 'MRG|B'], ['100 MRG[2]']],
    ['without the id of the survivor', ['PID|||', 'MRG|OLD'], ['101 PID-3']],
    ['without the id that goes', [pid, 'MRG|""'], ['101 MRG-1']],
    ['with a national number alone', [pid, 'MRG|123456782^^^NAT^NNNLD'], ['101 MRG-1']],
    ['of a patient into itself', [pid, 'MRG|P1^^^HOSP'], ['207 MRG-1']],
    ['of a foreign id', [pid, 'MRG|OLD^^^ELSEWHERE'], ['207 MRG-1']],
    ['into a foreign id', ['PID|||X^^^ELSEWHERE', 'MRG|OLD^^^HOSP'], ['207 PID-3']],
    ['of one id into two', [pid, 'MRG|OLD', 'PID|||P2', 'MRG|OLD'], ['207 MRG[2]-1']],
    ['in a circle of two', [pid, 'MRG|P2', 'PID|||P2', 'MRG|P1'], ['207 MRG[2]-1']],
    ['in a circle of three', [pid, 'MRG|P2', 'PID|||P2', 'MRG|P3', 'PID|||P3', 'MRG|P1'], ['207 MRG[3]-1']],
    ['with one good pair and one bad', [pid, 'MRG|OLD', 'PID|||P2', 'MRG|P2'], ['207 MRG[2]-1']],
  ])('a merge %s is refused by name', (_what, segments, expected) => {
    expect(problems(adt('A40', ...segments))).toEqual(expected);
  });

  test('a merge of a sender whose merges do not count is refused; what else is wrong is told first', () => {
    expect(problems(adt('A40', pid, 'MRG|OLD'), { merges: false })).toEqual(['207 MSH-3']);
    expect(problems(adt('A40', pid), { merges: false })).toEqual(['101 MRG-1', '207 MSH-3']);
    expect(problems(adt('A37', pid, 'PID|||P2'), { merges: false })).toEqual(['207 MSH-3']);
    expect(events(adt('A08', pid), { merges: false })).toHaveLength(1);
  });

  test('more merges than any real message has are refused before they are compared', () => {
    const pairs = Array.from({ length: 600 }, (_, index) => [`PID|||P${index}`, `MRG|P${index + 1}`]).flat();
    expect(problems(adt('A40', ...pairs))).toEqual(['100 MRG']);
  });
});

describe('an unlink (A37)', () => {
  test('of two patients undoes whichever of the two had survived', () => {
    expect(merges(adt('A37', pid, 'PID|||P2^^^HOSP'))).toEqual(['unP2>P1', 'unP1>P2']);
  });

  test('with MRG undoes that merge alone', () => {
    expect(merges(adt('A37', pid, 'MRG|OLD^^^HOSP'))).toEqual(['unOLD>P1']);
  });

  test.each([
    ['of nobody', [], ['101 PID-3', '101 MRG-1']],
    ['of one patient', [pid], ['101 MRG-1']],
    ['of a patient from itself', [pid, pid], ['207 PID[2]-3']],
    ['of a foreign id', [pid, 'PID|||X^^^ELSEWHERE'], ['207 PID[2]-3']],
  ])('%s is refused', (_what, segments, expected) => {
    expect(problems(adt('A37', ...segments))).toEqual(expected);
  });
});
