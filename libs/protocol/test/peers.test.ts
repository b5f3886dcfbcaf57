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
const { 'peers.yaml': examplePeers = '', ...rest } = example;

const load = (text?: string) =>
  loadProtocol(text === undefined ? rest : { ...rest, 'peers.yaml': text }, {
    environment: (name) => (name === 'PACS_AUTHORIZATION' ? 'Basic c2VjcmV0' : undefined),
  });
function peersOf(text?: string) {
  const loaded = load(text);
  if (!loaded.ok) throw new Error(problemLines(loaded.error).join('\n'));
  return loaded.value.peers;
}
const problems = (text: string): readonly string[] => {
  const loaded = load(text);
  return loaded.ok ? [] : problemLines(loaded.error);
};
const pacs = (query: string, more = ''): string =>
  `pacs:\n  - { name: a, site: EX, at: "02:30", modalities: [CT], query: ${query}${more} }\nunmatched: []\n`;

describe('peers.yaml', () => {
  test('may be left out: then nothing is compared and nothing is missed', () => {
    expect(peersOf()).toEqual({ pacs: [], unmatched: [] });
  });

  test('of the example names no PACS, and says for every site how long orders and images may wait', () => {
    const { pacs: named, unmatched } = peersOf(examplePeers);
    expect([named, unmatched.map(({ site }) => site)]).toEqual([[], ['*']]);
  });

  test('a PACS is asked at a minute of the local day, with credentials from the configuration only', () => {
    const query = '{ kind: qido-rs, url: "https://pacs/dicom-web", authorization: env:PACS_AUTHORIZATION }';
    expect(peersOf(pacs(query)).pacs).toEqual([
      {
        name: 'a',
        site: 'EX',
        atMinute: 150,
        modalities: ['CT'],
        query: { kind: 'qido-rs', url: 'https://pacs/dicom-web', authorization: 'Basic c2VjcmV0' },
      },
    ]);
    const unset = query.replace('PACS_AUTHORIZATION', 'OTHER');
    expect(peersOf(pacs(unset)).pacs[0]?.query).toEqual({ kind: 'qido-rs', url: 'https://pacs/dicom-web' });
    expect(peersOf(pacs('{ kind: c-find, host: h, port: 104, calledAe: A, callingAe: B }')).pacs[0]?.query).toEqual({
      kind: 'c-find',
      host: 'h',
      port: 104,
      calledAe: 'A',
      callingAe: 'B',
      tls: false,
    });
  });

  test.each([
    [pacs('{ kind: qido-rs, url: "https://pacs", authorization: "Basic abc" }'), /authorization: expected env:NAME/],
    [pacs('{ kind: qido-rs, url: "https://user:word@pacs" }'), /url: expected an http or https URL without user/],
    [pacs('{ kind: qido-rs, url: "file:///etc" }'), /url: expected an http or https URL/],
    [pacs('{ kind: c-find, host: h, port: 104, calledAe: A, callingAe: B }').replace('EX', 'NO'), /no site 'NO'/],
    ['pacs: []\nunmatched:\n  - { site: "*", orderWithoutImages: 1, imagesWithoutOrder: 4 h }', /orderWithoutImages/],
    [
      'pacs: []\nunmatched:\n  - { site: EX, orderWithoutImages: 1 h, imagesWithoutOrder: 4 h }\n  - { site: EX, orderWithoutImages: 1 h, imagesWithoutOrder: 4 h }',
      /^peers.yaml:4 unmatched\[1\].site: 'EX' is used twice/,
    ],
  ])('a mistake is told with its place (%#)', (text, expected) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });
});
