import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { catalogue } from '@voorrang/contracts';
import { fixtureNames } from '@voorrang/testing';
import { splitBatch } from '../src/batch.ts';
import { locationText, type MappingSettings, mapMessage, outcomeOf, parseMessage, readHeader } from '../src/index.ts';
import { fixture, settings } from './helpers.ts';

/** What became of every published message: facts, or conditions and places of what was refused. `UPDATE_GOLDEN=1` writes it anew, for a reader to look at (and for biome to format). */
const goldenFile = join(import.meta.dirname, 'published-messages.golden.json');
const golden = (existsSync(goldenFile) ? JSON.parse(readFileSync(goldenFile, 'utf8')) : {}) as Record<string, unknown>;

/** Senders as deploy/protocol names them, and the one merge of somebody else. */
const senders: Readonly<Record<string, Partial<MappingSettings>>> = {
  MESA_ADT: { authority: 'ADT1' },
  MESA_OF: { authority: 'ADT1', keepAuthorities: ['ADT1', 'OF1'] },
  Ntierprise: { authority: 'BCBS' },
};

const problemsOf = (problems: Parameters<typeof outcomeOf>[0]) => ({
  [outcomeOf(problems).kind]: problems.map(({ condition, location }) => `${condition} ${locationText(location)}`),
});

function becomeOf(path: string): unknown {
  const batch = splitBatch(fixture(path));
  if (batch === null) return becomeOfMessage(fixture(path));
  return batch.problem === null
    ? batch.messages.map(({ bytes }) => becomeOfMessage(bytes))
    : problemsOf([batch.problem]);
}

function becomeOfMessage(bytes: Uint8Array): unknown {
  const sender = senders[readHeader(bytes)?.sendingApplication ?? ''] ?? {};
  const parsed = parseMessage(bytes, { defaultCharset: '8859/1' });
  if (!parsed.ok) return problemsOf([parsed.error.problem]);
  const mapped = mapMessage(parsed.value, { ...settings, ...sender });
  if (!mapped.ok) return problemsOf(mapped.error);
  const { events, warnings } = mapped.value;
  for (const { type, data } of events) catalogue[type].parse(data);
  return {
    facts: events.map(({ type, data }) => ({ [type]: withoutSilence(data) })),
    ...(warnings.length === 0 ? {} : { warnings: warnings.map(({ location }) => locationText(location)) }),
  };
}

/** Leaves out what the message did not say. */
function withoutSilence(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const said = Object.entries(value).filter(([, part]) => part !== null && !(Array.isArray(part) && part.length === 0));
  return Object.fromEntries(said.map(([key, part]) => [key, withoutSilence(part)]));
}

const paths = fixtureNames('hl7').map((name) => name.replace(/^hl7\//, ''));

describe('messages of other projects', () => {
  test('there is an outcome for each, and for no other', () => {
    if (process.env.UPDATE_GOLDEN === '1') {
      const all = Object.fromEntries(paths.map((path) => [path, becomeOf(path)]));
      writeFileSync(goldenFile, `${JSON.stringify(all, null, 1)}\n`);
      return;
    }
    expect(Object.keys(golden)).toEqual(paths);
    expect(paths.length).toBeGreaterThan(140);
  });

  test.each(paths)('%s', (path) => {
    if (process.env.UPDATE_GOLDEN !== '1') expect(becomeOf(path)).toEqual(golden[path]);
  });
});
