import type { Transaction } from 'kysely';
import type { SeriesByUid, SeriesState } from '../../domain/required-series.ts';
import { type AttributeName, attributeNames, type SeriesAttributes, textOf } from '../../domain/series-attributes.ts';
import type { IngestSchema } from './schema.ts';
import { chunksOf } from './study-instances.ts';

type Trx = Transaction<IngestSchema>;
type SeriesRow = IngestSchema['ingest_series'];

export async function loadSeries(trx: Trx, key: string): Promise<SeriesByUid> {
  const rows = await trx.selectFrom('ingest_series').selectAll().where('study_key', '=', key).execute();
  return new Map(rows.map((row) => [row.series_uid, stateOf(row)]));
}

/** Writes the series of `changed` that differ from what was there; tells whether any did. */
export async function saveSeries(
  trx: Trx,
  key: string,
  before: SeriesByUid,
  after: SeriesByUid,
  changed: Iterable<string>,
): Promise<boolean> {
  const rows = [...changed].flatMap((uid) => {
    const [known, state] = [before.get(uid), after.get(uid)];
    if (state === undefined) return [];
    const row = rowOf(key, uid, state);
    return known !== undefined && isSame(rowOf(key, uid, known), row) ? [] : [row];
  });
  for (const part of chunksOf(rows)) {
    await trx
      .insertInto('ingest_series')
      .values([...part])
      .onConflict((conflict) =>
        conflict.columns(['study_key', 'series_uid']).doUpdateSet((eb) => ({
          modality: eb.ref('excluded.modality'),
          body_part: eb.ref('excluded.body_part'),
          attributes: eb.ref('excluded.attributes'),
          seen: eb.ref('excluded.seen'),
          instances: eb.ref('excluded.instances'),
          announced: eb.ref('excluded.announced'),
          last_at: eb.ref('excluded.last_at'),
          in_version: eb.ref('excluded.in_version'),
        })),
      )
      .execute();
  }
  return rows.length > 0;
}

const isSame = (a: SeriesRow, b: SeriesRow): boolean =>
  a.attributes === b.attributes &&
  a.seen === b.seen &&
  a.instances === b.instances &&
  a.announced === b.announced &&
  a.last_at === b.last_at &&
  a.in_version === b.in_version;

const rowOf = (key: string, uid: string, state: SeriesState): SeriesRow => ({
  study_key: key,
  series_uid: uid,
  modality: textOf(state.attributes, 'modality') || null,
  body_part: textOf(state.attributes, 'bodyPart') || null,
  attributes: packed(state.attributes),
  seen: state.seen ? 1 : 0,
  instances: state.instances,
  announced: state.announced,
  last_at: state.lastAt,
  in_version: state.inVersion,
});

const stateOf = (row: SeriesRow): SeriesState => ({
  attributes: row.attributes === null ? beforeAttributes(row) : unpacked(row.attributes),
  seen: row.seen === 1,
  instances: row.instances,
  announced: row.announced,
  lastAt: row.last_at,
  inVersion: row.in_version,
});

type Packed = Partial<Record<AttributeName, readonly [string | number, number, string, number]>>;

function packed(attributes: SeriesAttributes): string {
  const all: Packed = {};
  for (const name of attributeNames) {
    const said = attributes[name];
    if (said !== undefined) all[name] = [said.value, said.stamp.observedAt, said.stamp.ingestId, said.stamp.seq];
  }
  return JSON.stringify(all);
}

function unpacked(text: string): SeriesAttributes {
  const all = JSON.parse(text) as Packed;
  const found: { -readonly [Name in AttributeName]?: SeriesAttributes[Name] } = {};
  for (const name of attributeNames) {
    const said = all[name];
    if (said !== undefined)
      found[name] = { value: said[0], stamp: { observedAt: said[1], ingestId: said[2], seq: said[3] } };
  }
  return found;
}

/** A row from before attributes were kept: any word is later. */
function beforeAttributes({ modality, body_part }: SeriesRow): SeriesAttributes {
  const stamp = { observedAt: 0, ingestId: '', seq: 0 };
  return {
    ...(modality === null ? {} : { modality: { value: modality, stamp } }),
    ...(body_part === null ? {} : { bodyPart: { value: body_part, stamp } }),
  };
}
