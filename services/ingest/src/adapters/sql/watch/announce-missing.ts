import type { EventData, NewEvent } from '@voorrang/contracts';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { PacsPeer } from '@voorrang/protocol';
import { appendToOutbox } from '@voorrang/sql';
import type { Transaction } from 'kysely';
import type { PacsSeries, PacsStudy } from '../../../application/watch/pacs.ts';
import { type IngestSchema, serviceName } from '../schema.ts';
import { watchSource } from './operations.ts';

type Trx = Transaction<IngestSchema>;
type Missing = { readonly study: PacsStudy; readonly series: readonly PacsSeries[] };

/** Rows that one comparison makes at most, so that a mistake of the set-up shows before the list is flooded; the next one goes on. */
const mostAnnounced = 500;

/**
 * Puts studies that nobody sent here onto the list by `images.announced`, but for those whose order has a report: they were read, and the list is for what is to be read.
 * Gives those (`reported`), and those that are beyond the bound (`remaining`). What an earlier part of the same comparison announced is not announced again, even where the bus
 * has not yet brought it back.
 */
export async function announceMissing(
  trx: Trx,
  peer: PacsPeer,
  missing: readonly Missing[],
  keys: OpaqueKeys,
  now: EpochMs,
): Promise<{ readonly reported: ReadonlySet<string>; readonly remaining: ReadonlySet<string> }> {
  const reported = new Set<string>();
  const remaining = new Set<string>();
  const before = await announcedBefore(trx, peer.name);
  const facts: NewEvent[] = [];
  for (const one of missing) {
    const uid = one.study.studyInstanceUid;
    if (await isReported(trx, peer.site, one.study, keys)) reported.add(uid);
    else if (before.has(uid)) continue;
    else if (facts.length < mostAnnounced) facts.push(announcementOf(peer, one, keys));
    else remaining.add(uid);
  }
  await appendToOutbox(trx, facts, { service: serviceName, observedAt: now });
  return { reported, remaining };
}

async function announcedBefore(trx: Trx, pacs: string): Promise<ReadonlySet<string>> {
  const rows = await trx
    .selectFrom('ingest_pacs_difference')
    .select('study_uid')
    .where('pacs', '=', pacs)
    .where('kind', '=', 'missing-here')
    .execute();
  return new Set(rows.map(({ study_uid }) => study_uid));
}

/** As on the list: by final or corrected reports that nobody cancelled later, of every order. A preliminary one ends nothing. */
async function isReported(
  trx: Trx,
  site: string,
  { studyInstanceUid, accessionNumber }: PacsStudy,
  keys: OpaqueKeys,
): Promise<boolean> {
  const tokens = [
    `study ${keys.study(site, studyInstanceUid)}`,
    ...(accessionNumber === null ? [] : [`accession ${keys.of('accession', site, accessionNumber)}`]),
  ];
  const orders = await trx
    .selectFrom('ingest_awaited_link')
    .innerJoin('ingest_awaited_order', 'ingest_awaited_order.order_key', 'ingest_awaited_link.id')
    .select(['order_key', 'first_at', 'last_cancelled', 'last_read', 'last_unread'])
    .distinct()
    .where('side', '=', 'order')
    .where('token', 'in', tokens)
    .execute();
  const isRead = ({ last_read, last_unread }: (typeof orders)[number]): boolean =>
    last_read !== null && (last_unread === null || last_read > last_unread);
  const asked = orders.filter(({ first_at, last_cancelled }) => first_at !== null && last_cancelled === null);
  return orders.some(isRead) && asked.every(isRead);
}

function announcementOf(peer: PacsPeer, { study, series }: Missing, keys: OpaqueKeys): NewEvent {
  const { query, site } = peer;
  const titles =
    query.kind === 'c-find'
      ? { callingAe: query.calledAe, calledAe: query.callingAe }
      : { callingAe: peer.name.slice(0, 16), calledAe: '' };
  const shown = study.modalities.find((modality) => peer.modalities.includes(modality)) ?? null;
  const data: EventData<'images.announced'> = {
    studyInstanceUid: study.studyInstanceUid,
    by: 'pacs-comparison',
    status: 'available',
    procedureStepUid: null,
    series: series.map(({ seriesInstanceUid, modality, description, images, retrieveAe }) => ({
      seriesInstanceUid,
      modality,
      description,
      protocol: null,
      instances: [],
      // A series that a PACS lists has an image; one that counts none for us would make no row.
      instanceCount: Math.max(1, images ?? 1),
      retrieveAe,
    })),
    modality: shown?.slice(0, 16) ?? null,
    patient: null,
    accessionNumbers: study.accessionNumber === null ? [] : [study.accessionNumber],
    studyDescription: study.description,
    startedAt: study.startedAt,
    endedAt: null,
    station: null,
    sender: titles,
  };
  const key = keys.study(site, study.studyInstanceUid);
  return { type: 'images.announced', source: watchSource, site, key, data };
}
