import { armFaultPoint } from '@voorrang/kernel';
import { sql } from 'kysely';
import { sqliteProvider } from '../../src/index.ts';

/** Writes numbered rows, telling each on standard output after its transaction resolved, until a fault point kills the process. */
const [directory = '', point = ''] = process.argv.slice(2);
const database = await sqliteProvider({ directory }).open('killed', {
  '0001': { up: async (db) => void (await sql`create table killed_row (n integer primary key)`.execute(db)) },
});
armFaultPoint(point);
for (let n = 1; ; n += 1) {
  await database.transaction((trx) => sql`insert into killed_row (n) values (${n})`.execute(trx));
  process.stdout.write(`${n}\n`);
}
