import type { Database } from '@voorrang/sql';
import type { ReceiptStore } from '../../application/ports.ts';
import { identityOf, type MessageReceipt } from '../../domain/receipts.ts';
import type { IngestSchema } from './schema.ts';

/** Receipts in `ingest_receipt`. */
export function sqlReceipts(database: Database<IngestSchema>): ReceiptStore {
  return {
    keep: async (receipts) => {
      // One statement must not touch a row twice: of one message the last receipt counts.
      const latest = [...new Map(receipts.map((receipt) => [identityOf(receipt), receipt])).values()];
      if (latest.length === 0) return;
      await database.query
        .insertInto('ingest_receipt')
        .values(latest.map(rowOf))
        .onConflict((conflict) =>
          conflict
            .columns(['receipt_key', 'content'])
            .doUpdateSet(({ ref }) => ({
              taken_at: ref('excluded.taken_at'),
              warnings: ref('excluded.warnings'),
            }))
            .whereRef('excluded.taken_at', '>=', 'ingest_receipt.taken_at'),
        )
        .execute();
    },
    newest: async (count) => {
      const rows = await database.query
        .selectFrom('ingest_receipt')
        .selectAll()
        .orderBy('taken_at', 'desc')
        .limit(count)
        .execute();
      return rows.reverse().map(receiptOf);
    },
    purge: async (instant, count) => {
      await database.query.deleteFrom('ingest_receipt').where('taken_at', '<', instant).execute();
      const over = await database.query
        .selectFrom('ingest_receipt')
        .select('taken_at')
        .orderBy('taken_at', 'desc')
        .offset(count)
        .limit(1)
        .executeTakeFirst();
      if (over !== undefined)
        await database.query.deleteFrom('ingest_receipt').where('taken_at', '<=', over.taken_at).execute();
    },
  };
}

type Row = IngestSchema['ingest_receipt'];

const rowOf = ({ key, content, at, warnings }: MessageReceipt): Row => ({
  receipt_key: key,
  content,
  taken_at: at,
  warnings: warnings === undefined ? null : JSON.stringify(warnings),
});

const receiptOf = ({ receipt_key, content, taken_at, warnings }: Row): MessageReceipt => ({
  key: receipt_key,
  content,
  at: taken_at,
  ...(warnings === null ? {} : { warnings: JSON.parse(warnings) as readonly unknown[] }),
});
