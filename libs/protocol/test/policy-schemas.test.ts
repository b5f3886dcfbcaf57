import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { generatePolicySchemas } from '../src/generate/index.ts';
import { protocolFiles } from '../src/index.ts';

test('the committed schemas of the protocol files are those of the code', () => {
  const generated = generatePolicySchemas();
  expect(Object.keys(generated)).toEqual(
    Object.keys(protocolFiles).map((name) => name.replace('.yaml', '.schema.json')),
  );
  for (const [name, schema] of Object.entries(generated)) {
    const file = join(import.meta.dirname, '../../../schemas/policy', name);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
  }
});
