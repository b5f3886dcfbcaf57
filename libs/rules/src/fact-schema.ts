import { Environment } from '@marcbachmann/cel-js';

/** Type of one fact. Every number is a `double`, so that a policy may write `18` or `18.5` and no fact has to be a BigInt. */
export type FactType = 'string' | 'bool' | 'double' | 'list<string>' | 'map<string, double>';

/** What a condition may name: each variable with its type, or with its fields. Anything else is refused when the condition is compiled. */
export type FactSchema = Readonly<Record<string, FactType | Readonly<Record<string, FactType>>>>;

/** A condition is one line of a policy, not a program. The library's own defaults are 100,000 nodes and 250 levels. */
const limits = { maxAstNodes: 250, maxDepth: 24, maxListElements: 100, maxMapEntries: 0, maxCallArguments: 3 };

const environments = new WeakMap<FactSchema, Environment>();

/** The typed environment of a schema; made once, it costs some milliseconds. */
export function environmentOf(schema: FactSchema): Environment {
  const known = environments.get(schema);
  if (known) return known;
  const made = new Environment({ unlistedVariablesAreDyn: false, enableOptionalTypes: false, limits });
  for (const [name, type] of Object.entries(schema)) {
    if (typeof type === 'string') made.registerVariable(name, type);
    else made.registerVariable({ name, schema: { ...type } });
  }
  made.registerOperator('double == int', (a: number, b: bigint) => a === Number(b));
  environments.set(schema, made);
  return made;
}
