import type { DurationMs, EpochMs } from '@voorrang/kernel';
import { type QueryExecutorProvider, sql } from 'kysely';
import { tableOf } from './migrations.ts';

export type LeaseOptions = {
  readonly service: string;
  readonly name: string;
  /** Random name of this process. */
  readonly holder: string;
  readonly leaseMs: DurationMs;
};

/** Work that one instance does at a time. A holder that dies is replaced after `leaseMs`; one that is merely slow may then overlap with its successor. */
export type Lease = { take(now: EpochMs): Promise<boolean>; giveUp(): Promise<void> };

export function leaseOn(query: QueryExecutorProvider, options: LeaseOptions): Lease {
  const { service, name, holder, leaseMs } = options;
  const table = tableOf(service)('lease');
  return {
    take: async (now) => {
      const { rows } =
        await sql`insert into ${table} (name, holder, until) values (${name}, ${holder}, ${now + leaseMs})
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
        where ${table}.holder = excluded.holder or ${table}.until <= ${now}
        returning holder`.execute(query);
      return rows.length > 0;
    },
    giveUp: async () => {
      await sql`update ${table} set until = 0 where name = ${name} and holder = ${holder}`.execute(query);
    },
  };
}
