import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { tempDirectory } from '@voorrang/testing';
import { sql } from 'kysely';
import { sqliteProvider } from '../src/index.ts';

const writer = fileURLToPath(new URL('./kill/writer.ts', import.meta.url));

/** Runs the writer until it kills itself; gives the rows it told and the rows that a new process finds. */
async function killedAt(point: string): Promise<{ told: number[]; found: number[] }> {
  await using directory = await tempDirectory();
  const told = await new Promise<number[]>((resolve, reject) => {
    execFile(process.execPath, ['--no-warnings', writer, directory.path, point], (error, stdout) =>
      error?.signal === 'SIGKILL' ? resolve(stdout.split('\n').filter(Boolean).map(Number)) : reject(error),
    );
  });
  const provider = sqliteProvider({ directory: directory.path });
  const database = await provider.open('killed', { '0001': { up: async () => undefined } });
  const { rows } = await sql<{ n: number }>`select n from killed_row order by n`.execute(database.query);
  await provider.close();
  return { told, found: rows.map(({ n }) => n) };
}

test('a process killed before the commit leaves every told transaction and nothing of the one in hand', async () => {
  const { told, found } = await killedAt('sql.transaction.before-commit:4');
  expect(told).toEqual([1, 2, 3]);
  expect(found).toEqual([1, 2, 3]);
});

test('a process killed after the commit leaves that transaction too', async () => {
  const { told, found } = await killedAt('sql.transaction.committed:4');
  expect(told).toEqual([1, 2, 3]);
  expect(found).toEqual([1, 2, 3, 4]);
});
