import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { z } from 'zod';
import { asyncApi, eventSchemaFile, eventSchemas, incompatibilities, openApi } from '../src/generate/index.ts';
import { catalogue, decodeEvent, encodeEvent, eventTypes, topicOf } from '../src/index.ts';

const schemas = join(import.meta.dirname, '../../../schemas');
const committed = (path: string) => JSON.parse(readFileSync(join(schemas, path), 'utf8'));

describe('the schema of an event', () => {
  test.each(eventTypes)('%s changed by optional additions at most', (type) => {
    const file = eventSchemaFile(type);
    expect(incompatibilities(committed(`events/${file}`), eventSchemas()[file] ?? {})).toEqual([]);
  });

  test.each(eventTypes)('%s: the golden example decodes and keeps what it says when it is written again', (type) => {
    const golden = committed(`examples/${type}.v1.json`);
    const decoded = decodeEvent(Buffer.from(JSON.stringify(golden)));
    if (decoded.kind !== 'event') throw new Error(decoded.type);
    expect(decoded.event.type).toBe(type);
    expect(JSON.parse(Buffer.from(encodeEvent(decoded.event)).toString())).toEqual(golden);
  });

  test('every golden example is of a type that is still read', () => {
    const types = readdirSync(join(schemas, 'examples')).map((name) => name.replace('.v1.json', ''));
    expect(types.sort()).toEqual([...eventTypes].sort());
  });

  test('unknown fields are kept and an unknown type is no error', () => {
    const golden = committed('examples/study.read.v1.json');
    const more = { ...golden, data: { ...golden.data, later: 1 } };
    expect(decodeEvent(Buffer.from(JSON.stringify(more)))).toMatchObject({ event: { data: { later: 1 } } });
    const other = { ...golden, type: 'study.read.v2' };
    expect(decodeEvent(Buffer.from(JSON.stringify(other)))).toEqual({ kind: 'unknown-type', type: 'study.read.v2' });
  });
});

test('whatever the bytes, decoding gives an event, an unknown type, or an error that holds no value of them', () => {
  const golden = fc.constantFrom(...eventTypes).map((type) => committed(`examples/${type}.v1.json`));
  const damaged = fc.tuple(golden, fc.string(), fc.jsonValue()).map(([event, name, value]) => {
    const names = Object.keys(event.data);
    const at = names[name.length % names.length] ?? name;
    return JSON.stringify({ ...event, data: { ...event.data, [at]: value } });
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), damaged), (text) => {
      try {
        expect(['event', 'unknown-type']).toContain(decodeEvent(Buffer.from(text)).kind);
      } catch (error) {
        expect(error).toMatchObject({ code: 'VRG_EVENT_UNDECODABLE' });
        expect(JSON.stringify((error as { details: unknown }).details)).not.toContain('Voorbeeld');
      }
    }),
    { numRuns: 300 },
  );
});

describe('a change of a schema', () => {
  const inner = z.object({ a: z.string().max(8) });
  const old = z.object({
    name: z.string(),
    kind: z.enum(['x', 'y']),
    inner,
    many: z.array(inner),
    maybe: z.string().optional(),
  });
  const changesTo = (next: z.ZodType) => {
    const json = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });
    return incompatibilities(json(old), json(next)).map(({ at, what }) => `${at} ${what}`);
  };

  test('that adds an optional field is compatible, at any depth', () => {
    expect(
      changesTo(old.extend({ more: z.string().optional(), inner: inner.extend({ b: z.number().optional() }) })),
    ).toEqual([]);
  });

  test('that moves a part into a definition or describes it is compatible', () => {
    const named = z.object({ a: z.string().max(8) }).meta({ id: 'MovedPart', description: 'moved' });
    expect(changesTo(old.extend({ inner: named, many: z.array(named) }))).toEqual([]);
  });

  test.each([
    ['adds a required field', old.extend({ more: z.string() }), '/required/more became required'],
    ['makes an optional field required', old.extend({ maybe: z.string() }), '/required/maybe became required'],
    ['makes a required field optional', old.extend({ name: z.string().optional() }), '/required/name became optional'],
    ['takes a field away', old.omit({ maybe: true }), '/properties/maybe was taken away'],
    ['changes a type', old.extend({ name: z.number() }), '/properties/name/type "string" became "number"'],
    [
      'narrows a length',
      old.extend({ many: z.array(z.object({ a: z.string().max(4) })) }),
      '/properties/many/items/properties/a/maxLength 8 became 4',
    ],
    [
      'adds a limit',
      old.extend({ name: z.string().max(9) }),
      '/properties/name/maxLength was added and narrows what is valid',
    ],
    [
      'adds a member to a closed set',
      old.extend({ kind: z.enum(['x', 'y', 'z']) }),
      '/properties/kind/enum ["x","y"] became ["x","y","z"]',
    ],
  ])('that %s is told', (_what, next, told) => expect(changesTo(next)).toEqual(expect.arrayContaining([told])));
});

test('AsyncAPI names every event once, on its topic, with a schema file that is there', () => {
  const document = parse(asyncApi());
  for (const type of eventTypes) {
    const channels = Object.entries<{ messages: object }>(document.channels).filter(
      ([, { messages }]) => type in messages,
    );
    expect(channels.map(([name]) => name)).toEqual([topicOf(type)]);
    const reference: string = document.components.messages[type].payload.schema.$ref;
    expect(committed(reference.replace('./', '')).title).toBe(`${type}.v1`);
  }
  expect(eventTypes).toEqual(Object.keys(catalogue));
});

test('OpenAPI resolves all its references and lets nobody in without sign-in but to health, metrics and signing in', () => {
  const text = openApi();
  const document = parse(text);
  for (const [, reference = ''] of text.matchAll(/\$ref: "?#\/components\/schemas\/([A-Za-z]+)/g)) {
    expect(Object.keys(document.components.schemas)).toContain(reference);
  }
  const open = Object.entries<Record<string, { security?: unknown[] }>>(document.paths)
    .filter(([, operations]) => Object.values(operations).some(({ security }) => security?.length === 0))
    .map(([path]) => path);
  expect(open).toEqual(['/health/live', '/health/ready', '/metrics', '/api/v1/session']);
});
