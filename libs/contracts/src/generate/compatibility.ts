import type { JsonSchema } from './event-schemas.ts';

/** A change that readers or old events of the same major version would not survive; `at` is the place in the schema. */
export type Incompatibility = { readonly at: string; readonly what: string };

/** Words that say nothing of what is valid. */
const silent: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$defs',
  'title',
  'description',
  'examples',
  'default',
  'id',
]);

/**
 * Everything in `next` that is more than an optional addition to `old`: the only change that one major version of an event allows.
 * References are followed, so that moving a part into a definition is no change.
 */
export function incompatibilities(old: JsonSchema, next: JsonSchema): readonly Incompatibility[] {
  return differences(old, next, { old, next }, '', 0);
}

type Roots = { readonly old: JsonSchema; readonly next: JsonSchema };

/** Deeper than any schema of ours: ends a definition that refers to itself. */
const deepest = 40;

function differences(oldNode: unknown, nextNode: unknown, roots: Roots, at: string, depth: number): Incompatibility[] {
  const before = resolved(oldNode, roots.old);
  const after = resolved(nextNode, roots.next);
  if (depth > deepest) return [];
  if (!isObject(before) || !isObject(after)) {
    return same(before, after) ? [] : [{ at, what: `${text(before)} became ${text(after)}` }];
  }
  const found: Incompatibility[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (silent.has(name)) continue;
    const place = `${at}/${name}`;
    if (name === 'properties') found.push(...propertyDifferences(before, after, roots, place, depth));
    else if (name === 'required') found.push(...requiredDifferences(before, after, place));
    else if (!(name in before)) found.push({ at: place, what: 'was added and narrows what is valid' });
    else if (!(name in after)) found.push({ at: place, what: 'was taken away' });
    else found.push(...partDifferences(before[name], after[name], roots, place, depth));
  }
  return found;
}

function partDifferences(before: unknown, after: unknown, roots: Roots, at: string, depth: number): Incompatibility[] {
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => differences(item, after[index], roots, `${at}/${index}`, depth + 1));
  }
  return differences(before, after, roots, at, depth + 1);
}

function propertyDifferences(
  before: JsonSchema,
  after: JsonSchema,
  roots: Roots,
  at: string,
  depth: number,
): Incompatibility[] {
  const afterProperties = isObject(after.properties) ? after.properties : {};
  return Object.entries(isObject(before.properties) ? before.properties : {}).flatMap(([name, schema]) =>
    name in afterProperties
      ? differences(schema, afterProperties[name], roots, `${at}/${name}`, depth + 1)
      : [{ at: `${at}/${name}`, what: 'was taken away' }],
  );
}

function requiredDifferences(before: JsonSchema, after: JsonSchema, at: string): Incompatibility[] {
  const [old, next] = [names(before.required), names(after.required)];
  return [
    ...next.filter((name) => !old.includes(name)).map((name) => ({ at: `${at}/${name}`, what: 'became required' })),
    ...old.filter((name) => !next.includes(name)).map((name) => ({ at: `${at}/${name}`, what: 'became optional' })),
  ];
}

function resolved(node: unknown, root: JsonSchema): unknown {
  const reference = isObject(node) ? node.$ref : undefined;
  if (typeof reference !== 'string' || !isObject(node)) return node;
  const target = reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), root);
  const { $ref: _, ...beside } = node;
  return isObject(target) ? { ...target, ...beside } : node;
}

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const names = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const text = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
const same = (a: unknown, b: unknown): boolean => text(a) === text(b);
