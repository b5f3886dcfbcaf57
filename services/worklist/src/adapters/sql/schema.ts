import { type Migrations, sharedMigrations } from '@voorrang/sql';

export const serviceName = 'worklist';

/** Who has which study open: a lease with a fencing token. `due` claims are found by `until`. */
type ClaimTable = {
  study_id: string;
  site: string;
  study_uid: string;
  holder: string | null;
  until: number | null;
  fence: number;
  reading: string | null;
};

/** What a person has done to a study, so that the same request again does nothing more. `value` is JSON. */
type MarkTable = { study_id: string; kind: 'raise' | 'hold' | 'read'; person: string; value: string };

export type WorklistSchema = { worklist_claim: ClaimTable; worklist_mark: MarkTable };

export const migrations: Migrations = {
  ...sharedMigrations(serviceName),
  '0001-claims': {
    up: async (db) => {
      await db.schema
        .createTable('worklist_claim')
        .addColumn('study_id', 'text', (column) => column.primaryKey())
        .addColumn('site', 'text', (column) => column.notNull())
        .addColumn('study_uid', 'text', (column) => column.notNull())
        .addColumn('holder', 'text')
        .addColumn('until', 'bigint')
        .addColumn('fence', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('worklist_claim_until').on('worklist_claim').column('until').execute();
      await db.schema
        .createTable('worklist_mark')
        .addColumn('study_id', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('person', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('worklist_mark_key', ['study_id', 'kind', 'person'])
        .execute();
    },
  },
  '0002-claims-of-a-reading': {
    up: async (db) => {
      await db.schema.alterTable('worklist_claim').addColumn('reading', 'text').execute();
    },
  },
};
