import type { Transaction } from 'kysely';
import type { StudyObservation, ToldInstance } from '../../domain/observations.ts';
import type { IngestSchema } from './schema.ts';

type Trx = Transaction<IngestSchema>;

/** Rows of one statement: far below the parameter limits of both engines. */
const rowsPerStatement = 1_000;

export function chunksOf<T>(list: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / rowsPerStatement) }, (_, at) =>
    list.slice(at * rowsPerStatement, (at + 1) * rowsPerStatement),
  );
}

/** `fresh`: not in the set before. `conflicting`: came with a content that was not known of them, beside another. */
export type AddedInstances = { readonly fresh: readonly string[]; readonly conflicting: readonly string[] };

/** Adds to the set of a study. The first content of an instance stays the one that counts; every other one is kept beside it. */
export async function addInstances(
  trx: Trx,
  { key, instances }: Pick<StudyObservation, 'key' | 'instances'>,
): Promise<AddedInstances> {
  const fresh: string[] = [];
  const contents: Content[] = [];
  for (const part of chunksOf([...instances])) {
    const rows = part.map(([sop_uid, { digests }]) => ({ study_key: key, sop_uid, digest: digests[0] ?? null }));
    const added = await trx
      .insertInto('ingest_instance')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .returning('sop_uid')
      .execute();
    const isFresh = new Set(added.map(({ sop_uid }) => sop_uid));
    fresh.push(...isFresh);
    const repeated = part.filter(([uid]) => !isFresh.has(uid));
    contents.push(
      ...part.filter(([uid]) => isFresh.has(uid)).flatMap(([uid, { digests }]) => contentsOf(uid, digests)),
      ...(repeated.length === 0 ? [] : await contentsOfRepeated(trx, key, repeated)),
    );
  }
  return { fresh, conflicting: contents.length === 0 ? [] : await addContents(trx, key, contents) };
}

type Content = { readonly sop_uid: string; readonly digest: string };

/** One content is none to keep apart. */
const contentsOf = (sop_uid: string, digests: readonly string[]): Content[] =>
  digests.length < 2 ? [] : digests.map((digest) => ({ sop_uid, digest }));

/** Contents of instances that were in the set already. One that was only announced gets its first. */
async function contentsOfRepeated(
  trx: Trx,
  key: string,
  repeated: readonly (readonly [string, ToldInstance])[],
): Promise<Content[]> {
  const told = repeated.filter(([, { digests }]) => digests.length > 0);
  if (told.length === 0) return [];
  const rows = await trx
    .selectFrom('ingest_instance')
    .select(['sop_uid', 'digest'])
    .where('study_key', '=', key)
    .where(
      'sop_uid',
      'in',
      told.map(([uid]) => uid),
    )
    .execute();
  const known = new Map(rows.map(({ sop_uid, digest }) => [sop_uid, digest]));
  const first = told.filter(([uid]) => (known.get(uid) ?? null) === null);
  if (first.length > 0) {
    await trx
      .insertInto('ingest_instance')
      .values(first.map(([sop_uid, { digests }]) => ({ study_key: key, sop_uid, digest: digests[0] ?? null })))
      .onConflict((conflict) =>
        conflict.columns(['study_key', 'sop_uid']).doUpdateSet((eb) => ({ digest: eb.ref('excluded.digest') })),
      )
      .execute();
  }
  return told.flatMap(([uid, { digests }]) => {
    const before = known.get(uid) ?? null;
    return contentsOf(uid, before === null ? digests : [...new Set([before, ...digests])]);
  });
}

async function addContents(trx: Trx, key: string, contents: readonly Content[]): Promise<string[]> {
  const added: string[] = [];
  for (const part of chunksOf(contents)) {
    const rows = await trx
      .insertInto('ingest_content')
      .values(part.map((content) => ({ study_key: key, ...content })))
      .onConflict((conflict) => conflict.doNothing())
      .returning('sop_uid')
      .execute();
    added.push(...rows.map(({ sop_uid }) => sop_uid));
  }
  return [...new Set(added)];
}
