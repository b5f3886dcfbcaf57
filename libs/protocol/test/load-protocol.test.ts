import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadProtocol, problemLines, protocolHash, readProtocolDirectory } from '../src/index.ts';

const directory = join(import.meta.dirname, '../../../deploy/protocol');
const example: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
);

/** The example with texts replaced per file; each `from` must occur. */
function changed(...changes: readonly (readonly [file: string, from: string, to: string])[]) {
  const files = { ...example };
  for (const [file, from, to] of changes) {
    const text = files[file] ?? '';
    if (!text.includes(from)) throw new Error(`${file} holds no ${from}`);
    files[file] = text.replace(from, to);
  }
  return files;
}
const problemsIn = (files: Readonly<Record<string, string>>): readonly string[] => {
  const loaded = loadProtocol(files);
  return loaded.ok ? [] : problemLines(loaded.error);
};
const lineOf = (files: Readonly<Record<string, string>>, file: string, text: string): number =>
  (files[file] ?? '').split('\n').findIndex((line) => line.includes(text)) + 1;

describe('loading a protocol', () => {
  test('the example has no problem, and its hash follows from its texts alone', () => {
    expect(problemsIn(example)).toEqual([]);
    const one = loadProtocol(example);
    const other = loadProtocol(Object.fromEntries(Object.entries(example).reverse()), { environment: () => 'x' });
    expect(one.ok && other.ok && one.value.hash === other.value.hash).toBe(true);
    expect(protocolHash({ a: 'b', c: '' })).not.toBe(protocolHash({ a: '', bc: '' }));
  });

  test('three mistakes in two files are told at once, each with file, line and path', () => {
    const files = changed(
      ['policy.yaml', 'when: order.strokeCode', 'when: order.strokeCodes'],
      ['policy.yaml', 'target: 60 min', 'target: 60 minutes'],
      ['alerts.yaml', 'strokeCodeTeam: STROKE', 'strokeCodeTeam: STORKE'],
    );
    expect(problemsIn(files)).toEqual([
      `alerts.yaml:${lineOf(files, 'alerts.yaml', 'STORKE')} strokeCodeTeam: no team 'STORKE' in alerts.yaml`,
      expect.stringMatching(
        new RegExp(
          `^policy.yaml:${lineOf(files, 'policy.yaml', '60 minutes')} classes.emergency.target: expected a length`,
        ),
      ),
      expect.stringMatching(
        new RegExp(`^policy.yaml:${lineOf(files, 'policy.yaml', 'strokeCodes')} baseRules\\[0\\].when: No such key`),
      ),
    ]);
  });

  test('a mistake within a condition of several lines is told at its own line', () => {
    const files = changed([
      'policy.yaml',
      'finding.location.lowerAscii().contains("saddle")',
      'finding.locatie == "x"',
    ]);
    expect(problemsIn(files)).toEqual([
      expect.stringContaining(
        `policy.yaml:${lineOf(files, 'policy.yaml', 'finding.locatie')} aiRules[3].when: No such key`,
      ),
    ]);
  });

  test.each([
    ['an unknown key', ['policy.yaml', '    band: 0', '    band: 0\n    rank: 1'], 'rank: no such key is known'],
    ['a rule id used twice', ['policy.yaml', 'id: ai-lvo', 'id: ai-ich'], "'ai-ich' is used twice"],
    ['a class that does not exist', ['policy.yaml', 'class: acute', 'class: soon'], 'baseRules[0].class'],
    ['a band out of range', ['policy.yaml', 'band: 0', 'band: 4'], 'baseRules[0].band'],
    ['a target after the maximum', ['policy.yaml', 'target: 10 min', 'target: 30 min'], 'longer than the maximum'],
    ['a placeholder nobody fills', ['policy.yaml', 'en: Stroke code', 'en: "{finding} code"'], 'nothing is filled in'],
    ['a finding that no detector makes', ['alerts.yaml', '"LVO"', '"LOV"'], "no finding 'LOV' in detectors.yaml"],
    ['a misspelt patient class', ['policy.yaml', '"inpatient"', '"in-patient"'], "no patient class 'in-patient'"],
    ['a detector at an unknown site', ['detectors.yaml', 'sites: [EX]', 'sites: [XE]'], "no site 'XE'"],
    ['a detector id used twice', ['detectors.yaml', 'id: example-pe', 'id: example-ich'], 'used twice'],
    ['a route to an unknown team', ['alerts.yaml', 'team: STROKE', 'team: STROKES'], "no team 'STROKES'"],
    ['a role that no shift holds', ['alerts.yaml', 'roles: [second]', 'roles: [third]'], 'with role'],
    ['a fallback to nobody', ['alerts.yaml', 'person: switchboard', 'person: nobody'], "no person 'nobody'"],
    ['an unknown channel', ['alerts.yaml', '[ntfy, webhook]', '[ntfy, e-mail]'], 'channels[1]'],
    ['steps out of order', ['alerts.yaml', 'after: 60 s', 'after: 200 s'], 'each step must come after'],
    ['a shift of an unknown person', ['on-call.yaml', 'person: stroke-1', 'person: stroke-9'], "no person 'stroke-9'"],
    ['a shift that ends where it begins', ['on-call.yaml', 'to: "24:00"', 'to: "00:00"'], 'begins and ends'],
    ['an unknown time zone', ['sites.yaml', 'Europe/Amsterdam', 'Europe/Amsterdm'], 'time zone'],
    ['a sender at an unknown site', ['senders.yaml', 'site: EX', 'site: XE'], "no site 'XE'"],
    ['a tag', ['sites.yaml', 'name: Example', 'name: !!js/function Example'], 'tag'],
    ['an anchor', ['sites.yaml', 'name: Example', 'name: &a Example'], 'anchors are not allowed'],
    ['a key used twice', ['sites.yaml', 'timeZone:', 'name: X\n    timeZone:'], 'unique'],
    ['text that is no YAML', ['sites.yaml', 'sites:', 'sites: ]['], 'sites.yaml:'],
  ] as const)('%s is refused', (_what, change, message) => {
    const problems = problemsIn(changed(change));
    expect(problems.join('\n')).toContain(message);
    expect(problems.every((problem) => /^[a-z-]+\.yaml:[1-9]\d* /.test(problem))).toBe(true);
  });

  test('an alias bomb is refused without being built', () => {
    const bomb = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1}, *a${i - 1}` : 'x'}]`).join(
      '\n',
    );
    expect(problemsIn({ ...example, 'sites.yaml': bomb }).join('\n')).toContain('aliases are not allowed');
  });

  test('a missing and an unknown file are problems', () => {
    const { 'sites.yaml': _, ...rest } = example;
    expect(problemsIn({ ...rest, 'site.yaml': '' })).toEqual([
      expect.stringContaining('site.yaml:1 no such file is known'),
      'sites.yaml:1 the file is missing',
    ]);
  });

  test('a directory that is not there is one problem', async () => {
    const read = await readProtocolDirectory(join(directory, 'nowhere'));
    expect(read.ok ? [] : read.error).toHaveLength(1);
  });
});
