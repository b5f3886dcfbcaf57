import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadProtocol, problemLines } from '../src/index.ts';

const directory = join(import.meta.dirname, '../../../deploy/protocol');
const example: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
);

const fingerprint = 'AB:'.repeat(31).concat('CD');
const whole = `dicom:
  - callingAe: CT1
    site: EX
    authority: HOSP
    addresses: [10.1.2.0/24, "2001:db8::/32"]
    certificates: ["${fingerprint}"]
    calledAe: [VOORRANG]
    operations: [echo, store, mpps]
    associations: 4
    heartbeat:
      kind: set
      hours:
        - { fromHour: 7, toHour: 19, silence: 30 min }
        - { fromHour: 22, toHour: 6, silence: 4 h }
hl7:
  - application: RIS
    facility: "*"
    site: EX
    authority: HOSP
    charset: 8859/15
    addresses: [10.1.3.4]
    plaintext: true
    fields:
      accessionNumber: [ZOR-2.1, OBR-18]
      priority: [ZOR-4]
    codes:
      priority: { "1": stat, "2": routine }
      patientClass: { SEH: emergency }
      modality: { RO: CR }
      authority: { "2.16.528.1": HOSP }
    acknowledgement: { mode: original, swapErrors: true }
    processingIds: [P]
    keepAuthorities: [HOSP]
    dropIdentifierTypes: []
    merges: false
    strokeCodeWords: [trombolyse]
    heartbeat: { kind: learned }
fallback: { authority: HOSP, charset: UNICODE UTF-8, unknown: refuse }
`;

const load = (senders: string) => loadProtocol({ ...example, 'senders.yaml': senders });
const problemsIn = (senders: string): readonly string[] => {
  const loaded = load(senders);
  return loaded.ok ? [] : problemLines(loaded.error);
};
function changed(...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the file holds no ${from}`);
    return text.replace(from, to);
  }, whole);
}

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('senders.yaml', () => {
  test('holds everything that a site may say of a sender', () => {
    const loaded = load(whole);
    expect(loaded.ok && loaded.value.senders).toEqual({
      dicom: [
        {
          callingAe: 'CT1',
          site: 'EX',
          authority: 'HOSP',
          addresses: ['10.1.2.0/24', '2001:db8::/32'],
          certificates: [`${'ab'.repeat(31)}cd`],
          calledAe: ['VOORRANG'],
          operations: ['echo', 'store', 'mpps'],
          associations: 4,
          heartbeat: {
            kind: 'set',
            hours: [
              { fromHour: 7, toHour: 19, silenceMs: 1_800_000 },
              { fromHour: 22, toHour: 6, silenceMs: 14_400_000 },
            ],
          },
        },
      ],
      hl7: [
        {
          application: 'RIS',
          facility: '*',
          site: 'EX',
          authority: 'HOSP',
          charset: '8859/15',
          addresses: ['10.1.3.4'],
          plaintext: true,
          fields: { accessionNumber: ['ZOR-2.1', 'OBR-18'], priority: ['ZOR-4'] },
          codes: {
            priority: { 1: 'stat', 2: 'routine' },
            patientClass: { SEH: 'emergency' },
            modality: { RO: 'CR' },
            authority: { '2.16.528.1': 'HOSP' },
          },
          acknowledgement: { mode: 'original', swapErrors: true },
          processingIds: ['P'],
          keepAuthorities: ['HOSP'],
          dropIdentifierTypes: [],
          merges: false,
          strokeCodeWords: ['trombolyse'],
          heartbeat: { kind: 'learned' },
        },
      ],
      fallback: { authority: 'HOSP', charset: 'UNICODE UTF-8', unknown: 'refuse' },
    });
  });

  test('the example lets everybody speak, as a first try needs it, but names whose merges count', () => {
    const loaded = loadProtocol(example);
    const senders = loaded.ok ? loaded.value.senders : undefined;
    expect(senders?.fallback.unknown).not.toBe('refuse');
    expect(senders?.hl7.map(({ application }) => application)).toEqual(
      expect.arrayContaining(['EXRIS', 'EXHIS', 'RIS', 'MESA_ADT', 'MESA_OF']),
    );
  });

  test.each([
    ['a network that is none', ['10.1.2.0/24', '10.1.2.0/33'], 'dicom[0].addresses[0]: expected an IP address'],
    ['a name instead of an address', ['10.1.3.4', 'ris.local'], 'hl7[0].addresses[0]: expected an IP address'],
    ['a fingerprint that is too short', ['AB:AB', 'AB'], 'dicom[0].certificates[0]: expected a SHA-256'],
    ['a title that is too long', ['callingAe: CT1', 'callingAe: ABCDEFGHIJKLMNOPQ'], 'dicom[0].callingAe: expected an'],
    ['an operation that is none', ['echo, store', 'echo, find'], 'dicom[0].operations[1]'],
    ['an operation named twice', ['echo, store', 'echo, echo'], 'dicom[0].operations[1]: is named twice'],
    ['no association at all', ['associations: 4', 'associations: 0'], 'dicom[0].associations'],
    ['hours that overlap', ['toHour: 6', 'toHour: 8'], 'dicom[0].heartbeat.hours[1].fromHour: hour 7 is in a range'],
    ['hours that end where they begin', ['toHour: 6', 'toHour: 22'], 'is written 0 to 24'],
    ['a rhythm that is no time', ['30 min', 'half an hour'], 'expected a length of time'],
    ['a rhythm of no kind', ['kind: learned', 'kind: guessed'], 'hl7[0].heartbeat'],
    ['an unknown character set', ['8859/15', '8859/99'], 'hl7[0].charset: no character set of HL7 table 0211'],
    ['an unknown character set of all others', ['UNICODE UTF-8', 'UTF-88'], 'fallback.charset: no character set'],
    ['a path that is none', ['ZOR-2.1', 'ZOR.2'], 'hl7[0].fields.accessionNumber[0]: a path of HL7 reads'],
    [
      'a field that nobody reads',
      ['      priority: [ZOR', '      urgency: [ZOR'],
      'hl7[0].fields.urgency: no such key',
    ],
    ['a code that leads nowhere', ['"1": stat', '"1": soon'], 'hl7[0].codes.priority.1'],
    ['a class that does not exist', ['SEH: emergency', 'SEH: er'], 'hl7[0].codes.patientClass.SEH'],
    ['a modality that does not exist', ['RO: CR', 'RO: XX'], 'hl7[0].codes.modality.RO'],
    ['codes that differ by case alone', ['SEH: emergency', 'SEH: emergency, seh: other'], 'codes.patientClass.seh'],
    ['an answer that does not exist', ['mode: original', 'mode: never'], 'hl7[0].acknowledgement.mode'],
    ['a processing id of no table', ['[P]', '[X]'], 'hl7[0].processingIds[0]'],
    ['own ids that would be dropped', ['keepAuthorities: [HOSP]', 'keepAuthorities: [X]'], 'its bare ids would be'],
    ['an alias that would be dropped', ['1": HOSP', '1": OTHER'], 'leads to an authority that keepAuthorities'],
    ['a stroke code word that is no word', ['[trombolyse]', '["-"]'], 'hl7[0].strokeCodeWords[0]: expected a word'],
    [
      'a certificate without TLS',
      ['10.1.2.0/24, "2001:db8::/32"]', '10.1.2.0/24]\n    plaintext: true'],
      'cannot speak without',
    ],
    ['a fallback that does neither', ['unknown: refuse', 'unknown: ask'], 'fallback.unknown'],
    ['a site that does not exist', ['site: EX', 'site: XE'], "dicom[0].site: no site 'XE'"],
  ] as const)('%s is refused at its line', (_what, change, message) => {
    const senders = changed(change);
    const problems = problemsIn(senders);
    expect(problems.length).toBeLessThan(3);
    expect(problems.at(-1)).toContain(message);
    expect(problems.at(-1)).toMatch(
      new RegExp(`^senders\\.yaml:${lineOf(senders, change[1].split('\n').at(-1) ?? '')} `),
    );
  });

  test('two entries for one sender are refused: which of them would count is not guessed', () => {
    const again = whole
      .replace('hl7:\n', '  - { callingAe: CT1, site: EX, authority: OTHER }\nhl7:\n')
      .replace(
        'fallback:',
        '  - { application: RIS, facility: "*", site: EX, authority: B, charset: ASCII }\nfallback:',
      );
    expect(problemsIn(again)).toEqual([
      'senders.yaml:15 dicom[1].callingAe: entry 1 of dicom is for the same sender',
      'senders.yaml:39 hl7[1].application: entry 1 of hl7 is for the same sender',
    ]);
    expect(
      problemsIn(again.replace('facility: "*", site: EX, authority: B', 'facility: A, site: EX, authority: B')),
    ).toHaveLength(1);
  });

  test('every problem of the file is told at once', () => {
    expect(
      problemsIn(
        changed(
          ['10.1.3.4', '10.1'],
          ['8859/15', 'X'],
          ['ZOR-4', 'ZOR4'],
          ['30 min', 'x'],
          ['callingAe: CT1', 'callingAe: ""'],
        ),
      ),
    ).toHaveLength(5);
  });

  test('the entries that README.md shows to administrators are accepted as they stand', () => {
    const readme = readFileSync(join(directory, 'README.md'), 'utf8');
    const [, shown = ''] = /```yaml\n(dicom:[\s\S]*?)```/.exec(readme) ?? [];
    expect(shown).toContain('keepAuthorities');
    expect(
      problemsIn(`${shown.replace(/9F86\.\.\.0A08/, 'ab'.repeat(32))}fallback: { authority: A, charset: ASCII }\n`),
    ).toEqual([]);
  });
});
