import { describe, expect, test } from '@jest/globals';
import type { KnownEvent } from '@voorrang/contracts';
import fc from 'fast-check';
import {
  evolve,
  initialState,
  projectStudy,
  restorePart,
  type SnapshotPart,
  type StudyDocument,
  snapshotParts,
  type WorklistState,
} from '../src/domain/index.ts';
import { compareSortKeys } from '../src/domain/sort-key.ts';
import { keys } from './facts.ts';
import { type History, histories, historyHashes, historyKinds, historyOf } from './histories.ts';
import { allDocuments, contextAt, type Documents, folded } from './projecting.ts';
import { handMadeProtocol } from './protocols.ts';
import { Random } from './random.ts';

const protocols = [handMadeProtocol(historyHashes[0]), handMadeProtocol(historyHashes[1], true)];
/** The soak run asks for more. */
const runs = { numRuns: Number(process.env.VOORRANG_PROPERTY_RUNS ?? 60) };

const listOf = (documents: Documents, by: 'key' | 'baseKey' = 'key'): StudyDocument[] =>
  [...documents.values()].filter(({ row }) => row.list === 'reading').sort((a, b) => compareSortKeys(a[by], b[by]));

/** Studies by base key, those that were read since included: they had their place while they were unread. */
const everRead = (history: History): StudyDocument[] =>
  [...allDocuments(folded(history.events), contextAt(history.endsAt, protocols)).values()]
    .filter(({ row }) => row.list !== 'expected')
    .sort((a, b) => compareSortKeys(a.baseKey, b.baseKey));

const isAi = ({ type }: KnownEvent): boolean =>
  type.startsWith('run.') || type === 'detector.state-changed' || type === 'verdict.given';

describe('generated histories', () => {
  test('contain each kind of happening in at least 30 of 100 histories', () => {
    const count = 400;
    const all = Array.from({ length: count }, (_, seed) => historyOf(seed));
    const shares = historyKinds.map(
      (kind) => [kind, all.filter(({ kinds }) => kinds.has(kind)).length / count] as const,
    );
    const facts = all.reduce((sum, { events }) => sum + events.length, 0) / count;
    process.stdout.write(
      `histories: ${facts.toFixed(0)} facts each; ${shares.map(([k, s]) => `${k} ${Math.round(s * 100)} %`).join(', ')}\n`,
    );
    expect(shares.filter(([, share]) => share < 0.3)).toEqual([]);
  });
});

describe('P2: AI only raises', () => {
  const withAndWithout = (history: History) => {
    const context = contextAt(history.endsAt, protocols);
    const withAi = allDocuments(folded(history.events), context);
    const without = allDocuments(folded(history.events.filter((event) => !isAi(event))), context);
    return { withAi, without };
  };

  test('without any AI fact every study with images has the same base key, and that is its key', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { withAi, without } = withAndWithout(history);
        for (const [id, { row, key, baseKey }] of without) {
          if (row.list === 'expected') continue;
          expect(key).toEqual(baseKey);
          expect(withAi.get(id)?.baseKey).toEqual(baseKey);
          expect(withAi.get(id)?.row.list).toBe(row.list);
        }
      }),
      runs,
    );
  });

  test('AI never worsens a sort key, and a study falls only below studies that were raised', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { withAi } = withAndWithout(history);
        for (const { key, baseKey } of withAi.values()) expect(compareSortKeys(key, baseKey)).toBeLessThanOrEqual(0);
        for (const site of ['EX', 'WY']) {
          const ranked = listOf(withAi).filter(({ row }) => row.site === site);
          const base = listOf(withAi, 'baseKey').filter(({ row }) => row.site === site);
          for (const one of ranked) {
            const above = new Set(base.slice(0, base.indexOf(one)));
            const overtakers = ranked.slice(0, ranked.indexOf(one)).filter((other) => !above.has(other));
            for (const other of overtakers) expect(compareSortKeys(other.key, other.baseKey)).toBeLessThan(0);
          }
        }
      }),
      runs,
    );
  });
});

describe('P3: nobody is overtaken for ever', () => {
  test('in a band no study is overtaken by one that arrives more than the difference of their targets later', () => {
    let pairs = 0;
    fc.assert(
      fc.property(histories, (history) => {
        const documents = everRead(history);
        // The law is about classes by rule: a raise by a person or by AI is a change of class.
        const ruled = documents.filter(
          ({ row, key, baseKey }) => key.score === baseKey.score && row.reasons[0]?.ruleId !== 'person',
        );
        for (const a of ruled)
          for (const b of ruled) {
            const [from, until] = [a.row.receivedAt ?? 0, b.row.receivedAt ?? 0];
            const targetOf = ({ row }: StudyDocument): number => (row.dueAt ?? 0) - (row.receivedAt ?? 0);
            if (a.row.band !== b.row.band || a.row.site !== b.row.site) continue;
            if (until - from <= targetOf(a) - targetOf(b)) continue;
            pairs += 1;
            expect(compareSortKeys(a.baseKey, b.baseKey)).toBeLessThan(0);
          }
      }),
      runs,
    );
    expect(pairs).toBeGreaterThan(40);
  });

  test('of two studies of one class in a band the earlier stands first', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const documents = everRead(history);
        const seen = new Map<string, number>();
        for (const { row } of documents) {
          if (row.reasons.some(({ code }) => code === 'without-ai' || code === 'raised-by-person')) continue;
          const group = `${row.site}|${row.band}|${row.urgencyClass}|${row.policyHash}`;
          expect(row.receivedAt ?? 0).toBeGreaterThanOrEqual(seen.get(group) ?? 0);
          seen.set(group, row.receivedAt ?? 0);
        }
      }),
      runs,
    );
  });
});

describe('P4: one worklist for any order and any duplication', () => {
  const disturbed = (events: readonly KnownEvent[], seed: number): KnownEvent[] => {
    const random = new Random(seed);
    return random.shuffled([...events, ...events.filter(() => random.chance(0.4))]);
  };

  test('any permutation with duplicates gives identical documents', () => {
    fc.assert(
      fc.property(histories, fc.integer(), (history, seed) => {
        const context = contextAt(history.endsAt, protocols);
        const straight = allDocuments(folded(history.events), context);
        expect(allDocuments(folded(disturbed(history.events, seed)), context)).toEqual(straight);
        expect(allDocuments(folded([...history.events].reverse()), context)).toEqual(straight);
      }),
      runs,
    );
  });

  test('projecting only what each batch touched, with a snapshot at any point, gives the same documents', () => {
    fc.assert(
      fc.property(histories, fc.integer(), (history, seed) => {
        const random = new Random(seed);
        const context = contextAt(history.endsAt, protocols);
        let state: WorklistState = initialState(keys);
        const shown = new Map<string, StudyDocument>();
        const waiting = disturbed(history.events, seed);
        while (waiting.length > 0) {
          const affected = new Set<string>();
          for (const event of waiting.splice(0, random.between(1, 9))) evolve(state, event, affected);
          for (const id of affected) {
            const projection = projectStudy(state, id, context);
            if (projection === null) shown.delete(id);
            else shown.set(id, projection.document);
          }
          if (random.chance(0.1)) state = restored(state, random);
        }
        const expected = allDocuments(folded(history.events), context);
        expect(new Map([...shown].sort(([a], [b]) => (a < b ? -1 : 1)))).toEqual(expected);
        expect(allDocuments(state, context)).toEqual(expected);
      }),
      runs,
    );
  });
});

function restored(state: WorklistState, random: Random): WorklistState {
  const parts = [...snapshotParts(state)].map((part) => JSON.parse(JSON.stringify(part)) as SnapshotPart);
  const again = initialState(keys);
  for (const part of random.shuffled(parts)) restorePart(again, part);
  return again;
}
