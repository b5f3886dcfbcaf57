import { expect, test } from '@jest/globals';
import { catalogue } from '@voorrang/contracts';
import { fixtureNames } from '@voorrang/testing';
import fc from 'fast-check';
import { type MappingSettings, mapMessage, parseFieldPath, parseMessage } from '../src/index.ts';
import { fixture, settings } from './helpers.ts';

const seeds = fixtureNames('hl7').map((name) => fixture(name.replace(/^hl7\//, '')));

type Mutation = { readonly kind: 'byte' | 'cut' | 'double' | 'token'; readonly at: number; readonly value: number };
const tokens = [
  '|',
  '^',
  '~',
  '\\',
  '&',
  '\r',
  '""',
  '\rMRG|A',
  '\rPID|||B',
  '\rORC|CA|C',
  '\\X00\\',
  '|'.repeat(50),
  '\u0000',
  '~'.repeat(300),
];

/** One change of the bytes, at a place that is a share of the length. */
function mutate(bytes: Uint8Array, { kind, at, value }: Mutation): Uint8Array {
  const place = Math.floor(at * bytes.length);
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (kind) {
    case 'byte':
      return Buffer.concat([before, Buffer.of(value), after.subarray(1)]);
    case 'cut':
      return Buffer.concat([before, after.subarray(value)]);
    case 'double':
      return Buffer.concat([before, after.subarray(0, value), after]);
    case 'token':
      return Buffer.concat([before, Buffer.from(tokens[value % tokens.length] ?? ''), after]);
  }
}

const paths = ['OBR-18', 'ZDS-1', 'PV1-3.1', 'OBX[3]-5(2).1.2', 'MSH-2', 'PID-3(9)'].flatMap((text) => {
  const path = parseFieldPath(text);
  return path.ok ? [path.value] : [];
});
const many: MappingSettings = {
  ...settings,
  fields: {
    accessionNumber: paths,
    studyInstanceUid: paths,
    priority: paths,
    location: paths,
    patientClass: paths,
    visitNumber: paths,
  },
  codes: { priority: { s: 'stat' }, patientClass: { toString: 'other' } as never, authority: { __proto__x: 'A' } },
  keepAuthorities: ['HOSP', 'ADT1'],
  strokeCodeWords: ['a'],
};

const runs = 3_000;

test('no mutation of a published message makes mapping throw or gives what no contract allows', () => {
  const mutation = fc.record<Mutation>({
    kind: fc.constantFrom('byte', 'cut', 'double', 'token'),
    at: fc.noBias(fc.nat(9_999)).map((share) => share / 10_000),
    value: fc.nat(255),
  });
  let mappedCount = 0;
  fc.assert(
    fc.property(
      fc.noBias(fc.nat(seeds.length - 1)),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      (seed, mutations) => {
        const bytes = mutations.reduce(mutate, seeds[seed] ?? new Uint8Array());
        const parsed = parseMessage(bytes, { defaultCharset: '8859/1' });
        if (!parsed.ok) return;
        for (const each of [settings, many]) {
          const mapped = mapMessage(parsed.value, each);
          if (!mapped.ok) {
            expect(mapped.error.length).toBeGreaterThan(0);
            continue;
          }
          mappedCount += 1;
          for (const { type, data } of mapped.value.events) catalogue[type].parse(data);
        }
      },
    ),
    { numRuns: runs, seed: 20261123 },
  );
  expect(mappedCount).toBeGreaterThan(runs / 3);
});
