import type { Trx } from '../../application/ports.ts';

/** A patient under all names that merges gave: the key, what it was merged into, and what was merged into that. Merges in a circle end. */
export async function patientFamily(trx: Trx, patientKey: string): Promise<readonly string[]> {
  let root = patientKey;
  for (const seen = new Set([root]); ; seen.add(root)) {
    const row = await trx
      .selectFrom('notifier_patient')
      .select('into_key')
      .where('patient_key', '=', root)
      .executeTakeFirst();
    const into = row?.into_key;
    if (!into || seen.has(into)) break;
    root = into;
  }
  const family = new Set([root, patientKey]);
  for (let generation = [root]; generation.length > 0; ) {
    const rows = await trx
      .selectFrom('notifier_patient')
      .select('patient_key')
      .where('into_key', 'in', generation)
      .execute();
    generation = rows.map((row) => row.patient_key).filter((key) => !family.has(key));
    for (const key of generation) family.add(key);
  }
  return [...family];
}
