import type { EventOf } from '@voorrang/contracts';
import type { OpaqueKeys } from '@voorrang/kernel';
import type { Transaction } from 'kysely';
import type { IngestSchema } from '../schema.ts';

type Trx = Transaction<IngestSchema>;
type Side = 'order' | 'study';
type Linking = EventOf<
  | 'order.placed'
  | 'order.changed'
  | 'order.cancelled'
  | 'report.issued'
  | 'series.observed'
  | 'images.announced'
  | 'evidence.received'
>;

const kindOf = (token: string): string => token.slice(0, token.indexOf(' '));

/**
 * What an order or a study can be found by, opaque: `accession`, `study`, `placer`. They are kept for ever, so an order that once named a study counts as matched by it:
 * a notice too few is better here than one that nobody can end.
 */
export function tokensOf(keys: OpaqueKeys, site: string, { type, data }: Linking): readonly string[] {
  const numbers = ('accessionNumbers' in data ? data.accessionNumbers : undefined) ?? [];
  const uid = 'studyInstanceUid' in data ? data.studyInstanceUid : null;
  const placer = 'orderNumber' in data ? data.orderNumber.placer : null;
  // A cancellation or a report says which order it is of; the study of a report may be another one of the order.
  const named = type === 'order.cancelled' ? null : uid;
  return [
    ...numbers.filter((number) => number !== '').map((number) => `accession ${keys.of('accession', site, number)}`),
    ...(named === null ? [] : [`study ${keys.study(site, named)}`]),
    ...(placer === null ? [] : [`placer ${keys.of('placer', site, placer)}`]),
  ];
}

/** Notes tokens; true when one of them is new. */
export async function link(trx: Trx, side: Side, id: string, tokens: readonly string[]): Promise<boolean> {
  if (tokens.length === 0) return false;
  const added = await trx
    .insertInto('ingest_awaited_link')
    .values(tokens.map((token) => ({ token, side, id })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute();
  return added.length > 0;
}

async function tokensAt(trx: Trx, side: Side, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await trx
    .selectFrom('ingest_awaited_link')
    .select('token')
    .distinct()
    .where('side', '=', side)
    .where('id', 'in', ids)
    .execute();
  return rows.map(({ token }) => token);
}

async function idsAt(trx: Trx, side: Side, tokens: readonly string[]): Promise<readonly string[]> {
  if (tokens.length === 0) return [];
  const rows = await trx
    .selectFrom('ingest_awaited_link')
    .select('id')
    .distinct()
    .where('side', '=', side)
    .where('token', 'in', tokens)
    .execute();
  return rows.map(({ id }) => id);
}

/** Studies of an order, as the list links them: by its tokens, those of orders with its placer number, and the studies that orders with its accession numbers name. */
export async function studiesOfOrder(trx: Trx, order: string): Promise<readonly string[]> {
  const own = await tokensAt(trx, 'order', [order]);
  const placers = own.filter((token) => kindOf(token) === 'placer');
  const tokens = [...own, ...(await tokensAt(trx, 'order', await idsAt(trx, 'order', placers)))];
  const numbers = tokens.filter((token) => kindOf(token) === 'accession');
  const family = await tokensAt(trx, 'order', await idsAt(trx, 'order', numbers));
  const named = family.filter((token) => kindOf(token) === 'study');
  return idsAt(
    trx,
    'study',
    [...tokens, ...named].filter((token) => kindOf(token) !== 'placer'),
  );
}

/** The other way round: orders that share a token with the study, and those with an accession or placer number of one of them. */
export async function ordersOfStudy(trx: Trx, study: string): Promise<readonly string[]> {
  const direct = await idsAt(trx, 'order', await tokensAt(trx, 'study', [study]));
  const theirs = await tokensAt(trx, 'order', direct);
  const family = theirs.filter((token) => kindOf(token) !== 'study');
  return [...new Set([...direct, ...(await idsAt(trx, 'order', family))])];
}
