import { z } from 'zod';
import { protocolFiles } from '../load-protocol.ts';

/** JSON Schema (2020-12) of each file of a protocol directory, as an editor uses it; by file name. */
export function generatePolicySchemas(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return Object.fromEntries(
    Object.entries(protocolFiles).map(([name, schema]) => {
      const base = name.replace('.yaml', '');
      const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
      return [`${base}.schema.json`, { $schema, $id: `urn:voorrang:policy:${base}`, title: name, ...rest }];
    }),
  );
}
