import type { Alert, Row } from '@voorrang/contracts';
import type { Product } from '../stories/support/product.ts';
import type { ReceivedPage } from '../stories/support/webhook.ts';
import { type Ledger, type Violation, violation } from './ledger.ts';

/** A page may still be in flight this long after an acknowledgement was answered. */
const inFlightMs = 2_000;

/** Holds the product against the ledger; see "It loses nothing" in the README. */
export async function checkInvariants(
  product: Pick<Product, 'api'>,
  pages: readonly ReceivedPage[],
  ledger: Ledger,
  kills: number,
): Promise<Violation[]> {
  const rows = await everyRow(product);
  const byUid = new Map(rows.map((row) => [row.studyInstanceUid, row]));
  const accessions = new Set(rows.flatMap((row) => row.accessionNumbers));
  const expected = await everyRow(product, 'expected');
  for (const row of expected) for (const accession of row.accessionNumbers) accessions.add(accession);
  const alerts = await everyAlert(product);
  const alerted = new Set(alerts.flatMap(({ studies }) => studies));
  const keys = pages.map(({ body }) => String(body.idempotencyKey));
  const shown = (uid: string): string | undefined =>
    byUid.get(uid)?.ai.find(({ finding }) => finding === 'ICH')?.display;
  const ranks = rows.map(({ rank }) => rank);
  return [
    ...violation(
      'an order that was acknowledged is lost',
      [...ledger.orders].filter((accession) => !accessions.has(accession)),
    ),
    ...violation(
      'an image that was acknowledged is lost',
      [...ledger.studies].filter((uid) => !byUid.has(uid)),
    ),
    ...violation(
      'a run that was acknowledged does not show',
      [...ledger.runs].flatMap(([id, { uid, outcome }]) => (shown(uid) === outcome ? [] : [`${id}: ${shown(uid)}`])),
    ),
    ...violation(
      'a positive run has no alert',
      [...ledger.runs.values()].flatMap(({ uid, outcome }) =>
        outcome === 'positive' && !alerted.has(byUid.get(uid)?.studyId ?? '') ? [uid] : [],
      ),
    ),
    ...violation(
      'an alert was never paged, though nobody had acknowledged it',
      alerts
        // An acknowledgement whose answer a kill cut off is not in the ledger, but it holds.
        .filter(({ id, state }) => state !== 'acknowledged' && !pages.some(({ body }) => body.alertId === id))
        .map(({ id }) => id),
    ),
    ...violation(
      'an acknowledgement that was answered is lost',
      [...ledger.acknowledged.keys()].filter((id) => alerts.find((alert) => alert.id === id)?.state !== 'acknowledged'),
    ),
    ...violation(
      'a page long after its acknowledgement',
      pages
        .filter(
          ({ body, at }) =>
            at > (ledger.acknowledged.get(String(body.alertId)) ?? Number.POSITIVE_INFINITY) + inFlightMs,
        )
        .map(({ body }) => String(body.idempotencyKey)),
    ),
    ...violation(
      'more repeated pages than kills',
      keys.length - new Set(keys).size > kills ? [String(keys.length - new Set(keys).size)] : [],
    ),
    ...violation(
      'ranks are not 1 to n',
      ranks.some((rank, index) => rank !== index + 1) ? [ranks.slice(0, 20).join(' ')] : [],
    ),
  ];
}

async function everyRow(product: Pick<Product, 'api'>, list = 'reading'): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await product.api<{ items: Row[]; nextCursor: string | null }>(
      'GET',
      `/api/v1/worklist?site=EX&list=${list}&limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    rows.push(...body.items);
    if (body.nextCursor === null || body.nextCursor === undefined) return rows;
    cursor = body.nextCursor;
  }
}

async function everyAlert(product: Pick<Product, 'api'>): Promise<Alert[]> {
  const alerts = new Map<string, Alert>();
  for (let cursor = ''; ; ) {
    const { body } = await product.api<{ items: Alert[]; nextCursor?: string | null }>(
      'GET',
      `/api/v1/alerts${cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const alert of body.items) alerts.set(alert.id, alert);
    if (body.nextCursor === null || body.nextCursor === undefined) return [...alerts.values()];
    cursor = body.nextCursor;
  }
}
