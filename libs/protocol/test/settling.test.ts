import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadProtocol, problemLines, type SeriesFacts, type SettlingRule } from '../src/index.ts';

const directory = join(import.meta.dirname, '../../../deploy/protocol');
const example: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
);
const settling = example['settling.yaml'] ?? '';

function rulesOf(text: string | undefined): readonly SettlingRule[] {
  const { 'settling.yaml': _, ...rest } = example;
  const loaded = loadProtocol(text === undefined ? rest : { ...rest, 'settling.yaml': text });
  if (!loaded.ok) throw new Error(problemLines(loaded.error).join('\n'));
  return loaded.value.settling;
}
function problemsIn(from: string, to: string): readonly string[] {
  if (!settling.includes(from)) throw new Error(`settling.yaml holds no ${from}`);
  const loaded = loadProtocol({ ...example, 'settling.yaml': settling.replace(from, to) });
  return loaded.ok ? [] : problemLines(loaded.error);
}
const lineWith = (text: string): number => settling.split('\n').findIndex((line) => line.includes(text)) + 1;

describe('settling.yaml', () => {
  test('may be left out: then there are no rules', () => {
    expect(rulesOf(undefined)).toEqual([]);
  });

  test('an unknown fact is told with its own line within a condition of several', () => {
    expect(problemsIn('|| series.protocol.upperAscii()', '|| series.protokol.upperAscii()')).toEqual([
      expect.stringMatching(
        new RegExp(`^settling.yaml:${lineWith('series.protocol')} rules\\[0\\].series\\[0\\].when: No such key`),
      ),
    ]);
  });

  test.each([
    ['a site that no file names', 'sites: [EX]', 'sites: [XE]', "rules[0].sites[0]: no site 'XE' in sites.yaml"],
    ['an id used twice', 'id: ct-angiography', 'id: ct-perfusion-brain', "rules[1].id: 'ct-perfusion-brain' is used"],
    ['a rule without series', 'minimumInstances: 100', 'minimumInstances: 0', 'minimumInstances'],
    ['a quiet time that is none', 'quiet: 15 s', 'quiet: soon', 'rules[0].quiet: expected a length of time'],
    [
      'a series fact in the condition of the study',
      'study.description.upperAscii().contains("CTP ")',
      'series.contrast',
      'series',
    ],
  ])('%s is refused', (_what, from, to, message) => {
    expect(problemsIn(from, to).join('\n')).toContain(message);
  });
});

const study = (description: string, ...bodyParts: string[]) => ({ modalities: ['CT'], bodyParts, description });
const series = (given: Partial<SeriesFacts['series']>): SeriesFacts['series'] => ({
  modality: 'CT',
  description: '',
  protocol: '',
  bodyPart: '',
  kernel: '',
  sliceThicknessMm: -1,
  contrast: false,
  instances: 100,
  ...given,
});

describe('the example rules', () => {
  const rules = rulesOf(settling);
  const ruleOf = (of: ReturnType<typeof study>): SettlingRule | undefined =>
    rules.find(({ when }) => {
      const result = when.evaluate({ study: of });
      return result.ok && result.value;
    });
  const takes = (of: ReturnType<typeof study>, one: Partial<SeriesFacts['series']>): string[] =>
    (ruleOf(of)?.series ?? [])
      .filter(({ when }) => {
        const result = when.evaluate({ study: of, series: series(one) });
        return result.ok && result.value;
      })
      .map(({ name }) => name);

  test.each([
    [study('CT schedel blanco'), 'ct-brain'],
    [study('', 'HEAD'), 'ct-brain'],
    [study('CT trauma', 'HEAD', 'CSPINE'), 'ct-brain-and-cervical-spine'],
    [study('CT CWK'), 'ct-cervical-spine'],
    [study('CTA carotiden'), 'ct-angiography'],
    [study('CTPA', 'CHEST'), 'ct-angiography'],
    [study('CT perfusie hersenen', 'HEAD'), 'ct-perfusion-brain'],
    [study('CT abdomen', 'ABDOMEN'), undefined],
  ])('of %j is %s', (of, id) => expect(ruleOf(of)?.id).toBe(id));

  test.each([
    [study('CT schedel'), { sliceThicknessMm: 1 }, ['thin axial']],
    [study('CT schedel'), { sliceThicknessMm: 5 }, []],
    [study('CT schedel'), { description: 'Topogram' }, []],
    [study('CT CWK'), { sliceThicknessMm: 1, kernel: 'Br64s' }, ['bone kernel']],
    [study('CT CWK'), { sliceThicknessMm: 1, kernel: 'BONEPLUS' }, ['bone kernel']],
    [study('CT CWK'), { sliceThicknessMm: 1, kernel: 'Br40' }, []],
    [study('CTA'), { sliceThicknessMm: 0.75, contrast: true }, ['thin series with contrast']],
    [study('CTA'), { sliceThicknessMm: 0.75 }, []],
    [study('CT perfusie'), { description: 'VPCT 4D' }, ['perfusion source images']],
    [
      study('CT trauma', 'HEAD', 'CSPINE'),
      { sliceThicknessMm: 1, bodyPart: 'CSPINE', kernel: 'B60f' },
      ['cervical spine, bone kernel'],
    ],
  ])('in %j the series %j answers %j', (of, one, names) => expect(takes(of, one)).toEqual(names));

  test('name their source as a local example', () => {
    expect(rules.map(({ source }) => source)).toEqual(rules.map(() => '[LE]'));
  });
});
