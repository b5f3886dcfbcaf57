import type { Transaction } from 'kysely';
import type { ResultsTransaction } from '../../application/ports.ts';
import type { KnownOrder } from '../../domain/known-study.ts';
import { orderOf, studyOf } from './rows.ts';
import type { Schema } from './schema.ts';

type Orders = Pick<ResultsTransaction, 'order' | 'saveOrder' | 'cancelOrder' | 'ordersOf' | 'studiesOf'>;

export const sqlOrders = (trx: Transaction<Schema>): Orders => ({
  order: async (orderId) => {
    const row = await trx
      .selectFrom('ai_results_order')
      .select('facts')
      .where('order_id', '=', orderId)
      .executeTakeFirst();
    return row && (JSON.parse(row.facts) as KnownOrder);
  },
  saveOrder: async ({ orderId, site, known, placerId }, links) => {
    const facts = JSON.stringify(known);
    const placer = placerId === null ? {} : { placer_id: placerId };
    await trx
      .insertInto('ai_results_order')
      .values({ order_id: orderId, site, facts, cancelled: 0, ...placer })
      .onConflict((oc) => oc.column('order_id').doUpdateSet({ facts, ...placer }))
      .execute();
    if (links.length === 0) return;
    await trx
      .insertInto('ai_results_order_link')
      .values(links.map((link) => ({ link, order_id: orderId })))
      .onConflict((oc) => oc.doNothing())
      .execute();
  },
  cancelOrder: async (orderId) => {
    await trx.updateTable('ai_results_order').set({ cancelled: 1 }).where('order_id', '=', orderId).execute();
  },
  ordersOf: async (studyId) => {
    const linked = await trx
      .selectFrom('ai_results_study_link as of_study')
      .innerJoin('ai_results_order_link as of_order', 'of_order.link', 'of_study.link')
      .innerJoin('ai_results_order as known', 'known.order_id', 'of_order.order_id')
      .selectAll('known')
      .distinct()
      .where('of_study.study_id', '=', studyId)
      .execute();
    if (linked.length === 0) return [];
    const ids = linked.map(({ order_id }) => order_id);
    const placers = linked.flatMap(({ placer_id }) => placer_id ?? []);
    const family = await trx
      .selectFrom('ai_results_order')
      .selectAll()
      .where((eb) => eb.or([eb('order_id', 'in', [...ids, ...placers]), eb('placer_id', 'in', ids)]))
      .orderBy('order_id')
      .execute();
    return family.map(orderOf);
  },
  studiesOf: async (orderId) => {
    const rows = await trx
      .selectFrom('ai_results_order_link as of_order')
      .innerJoin('ai_results_study_link as of_study', 'of_study.link', 'of_order.link')
      .innerJoin('ai_results_study as known', 'known.study_id', 'of_study.study_id')
      .selectAll('known')
      .distinct()
      .where(({ eb, or, selectFrom }) =>
        or([
          eb('of_order.order_id', '=', orderId),
          eb(
            'of_order.order_id',
            'in',
            selectFrom('ai_results_order').select('order_id').where('placer_id', '=', orderId),
          ),
          eb(
            'of_order.order_id',
            'in',
            selectFrom('ai_results_order')
              .select((of) => of.ref('placer_id').$notNull().as('order_id'))
              .where('order_id', '=', orderId)
              .where('placer_id', 'is not', null),
          ),
        ]),
      )
      .orderBy('known.study_id')
      .execute();
    return rows.map(studyOf);
  },
});
