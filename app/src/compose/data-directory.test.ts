import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { localSecrets } from './data-directory.ts';

const made: string[] = [];
const directoryWith = async (content?: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'voorrang-secrets-'));
  made.push(directory);
  if (content !== undefined) await writeFile(join(directory, 'secrets.json'), content);
  return directory;
};
afterEach(async () => {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true });
});

describe('the secrets of a data directory', () => {
  test('are made once and stay', async () => {
    const directory = await directoryWith();
    const first = await localSecrets(directory);
    const second = await localSecrets(directory);
    expect(first.keySecret.reveal()).toHaveLength(32);
    expect(second.keySecret.reveal()).toBe(first.keySecret.reveal());
    expect(second.apiToken.reveal()).toBe(first.apiToken.reveal());
  });

  const whole = JSON.stringify({ keySecret: 'a'.repeat(32), apiToken: 'b'.repeat(32) });
  test.each([
    '',
    'null',
    whole.slice(0, 20),
    JSON.stringify({ keySecret: 'a'.repeat(32) }),
    JSON.stringify({ keySecret: '', apiToken: 'b'.repeat(32) }),
    JSON.stringify({ keySecret: 7, apiToken: 'b'.repeat(32) }),
  ])(
    'are refused when damaged (%j), naming the file and nothing of its content, and are never made anew over it',
    async (content) => {
      const directory = await directoryWith(content);
      const path = join(directory, 'secrets.json');
      const refusal = await localSecrets(directory).catch((thrown: unknown) => thrown);
      expect(refusal).toMatchObject({ name: 'VoorrangError', code: 'VRG_CONFIG_INVALID', details: { file: path } });
      expect(String(refusal)).toContain(path);
      expect(String(refusal)).not.toMatch(/aaaa|bbbb/);
      expect(await readFile(path, 'utf8')).toBe(content);
    },
  );

  test('are refused when the file cannot be read at all', async () => {
    const directory = await directoryWith(whole);
    await rm(join(directory, 'secrets.json'));
    await mkdir(join(directory, 'secrets.json'));
    await expect(localSecrets(directory)).rejects.toMatchObject({ code: 'VRG_CONFIG_INVALID' });
  });
});
