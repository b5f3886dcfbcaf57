import type { EventOf } from '@voorrang/contracts';
import type { Stamp } from '@voorrang/kernel';
import type { Kysely } from 'kysely';
import type { PatientTouch } from '../../application/fold-links.ts';
import type { Trx, Work } from '../../application/ports.ts';
import { type MergeWord, mergePointers } from '../../domain/merge-pointers.ts';
import { documentOf } from './rows.ts';
import type { NotifierSchema } from './schema.ts';

export type MergeEvent = EventOf<'patient.merged'> | EventOf<'patient.unmerged'>;
type MergeRow = NotifierSchema['notifier_merge'];

/**
 * Keeps each merge and undoing, and sets the pointers of all patients that they ever named together anew from all of them. Gives those patients: any of
 * them may stand for another one now.
 */
export async function foldMerges(work: Work, events: readonly MergeEvent[]): Promise<readonly PatientTouch[]> {
  if (events.length === 0) return [];
  const { trx, keys } = work;
  const told = events.map((event) => {
    const { prior, survivor } = event.data;
    const [priorKey, survivorKey] = [prior, survivor].map(({ authority, id }) => keys.patient(authority, id));
    return { event, row: rowOf(priorKey ?? '', survivorKey ?? '', event.type === 'patient.unmerged', event.stamp) };
  });
  await insertMerges(
    trx,
    told.map(({ row }) => row),
  );
  const touches: PatientTouch[] = [];
  for (const { event, row } of told) {
    const { words, members } = await namedTogether(trx, row);
    await writePointers(trx, members, mergePointers(words));
    touches.push(...members.map((patientKey) => ({ patientKey, event })));
  }
  return touches;
}

const rowOf = (prior_key: string, survivor_key: string, undone: boolean, stamp: Stamp): MergeRow => ({
  prior_key,
  survivor_key,
  undone: undone ? 1 : 0,
  observed_at: stamp.observedAt,
  ingest_id: stamp.ingestId,
  seq: stamp.seq,
});

async function insertMerges(trx: Pick<Trx, 'insertInto'>, rows: readonly MergeRow[]): Promise<void> {
  if (rows.length === 0) return;
  await trx
    .insertInto('notifier_merge')
    .values([...rows])
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** All that merges and undoings ever named together with these two, in as many queries as the longest chain has links. */
async function namedTogether(
  trx: Trx,
  { prior_key, survivor_key }: MergeRow,
): Promise<{ words: readonly MergeWord[]; members: readonly string[] }> {
  const members = new Set<string>();
  const words = new Map<string, MergeWord>();
  for (let ask = [...new Set([prior_key, survivor_key])]; ask.length > 0; ) {
    for (const key of ask) members.add(key);
    const rows = await trx
      .selectFrom('notifier_merge')
      .selectAll()
      .where((where) => where.or([where('prior_key', 'in', ask), where('survivor_key', 'in', ask)]))
      .execute();
    for (const row of rows) words.set(JSON.stringify(row), wordOf(row));
    const named = new Set(rows.flatMap((row) => [row.prior_key, row.survivor_key]));
    ask = [...named].filter((key) => !members.has(key));
  }
  return { words: [...words.values()], members: [...members] };
}

const wordOf = (row: MergeRow): MergeWord => ({
  prior: row.prior_key,
  survivor: row.survivor_key,
  undone: row.undone === 1,
  stamp: { observedAt: row.observed_at, ingestId: row.ingest_id, seq: row.seq },
});

async function writePointers(trx: Trx, members: readonly string[], into: ReadonlyMap<string, string>): Promise<void> {
  await trx
    .insertInto('notifier_patient')
    .values(members.map((key) => ({ patient_key: key, into_key: into.get(key) ?? null, document: '{}' })))
    .onConflict((conflict) =>
      conflict.column('patient_key').doUpdateSet((row) => ({ into_key: row.ref('excluded.into_key') })),
    )
    .execute();
}

/** Merges that were folded before each had a row: of every patient the last one, with its stamp. */
export async function mergesFromDocuments(db: Kysely<unknown>): Promise<void> {
  const known = db as Kysely<NotifierSchema>;
  const patients = await known.selectFrom('notifier_patient').selectAll().where('into_key', 'is not', null).execute();
  for (const { patient_key, document } of patients) {
    const into = documentOf(document).into;
    if (typeof into?.value === 'string') await insertMerges(known, [rowOf(patient_key, into.value, false, into.stamp)]);
  }
}
