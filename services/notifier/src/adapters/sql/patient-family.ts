import type { Trx } from '../../application/ports.ts';

/** The family of each asked patient: the key, what it was merged into, and what was merged into that. */
export type Families = (patientKey: string) => readonly string[];

/** Patients under all names that merges gave, for many patients in as many queries as the longest chain of merges has links. Merges in a circle end. */
export async function patientFamilies(trx: Trx, patientKeys: readonly string[]): Promise<Families> {
  const into = new Map<string, string | null>();
  const asked = new Set<string>();
  for (let ask = [...new Set(patientKeys)]; ask.length > 0; ) {
    for (const key of ask) asked.add(key);
    const rows = await trx
      .selectFrom('notifier_patient')
      .select(['patient_key', 'into_key'])
      .where((where) => where.or([where('patient_key', 'in', ask), where('into_key', 'in', ask)]))
      .execute();
    for (const { patient_key, into_key } of rows) into.set(patient_key, into_key);
    const found = rows.flatMap(({ patient_key, into_key }) =>
      into_key === null ? patient_key : [patient_key, into_key],
    );
    ask = [...new Set(found)].filter((key) => !asked.has(key));
  }
  return (patientKey) => familyOf(patientKey, into);
}

function familyOf(patientKey: string, into: ReadonlyMap<string, string | null>): readonly string[] {
  let root = patientKey;
  for (const seen = new Set([root]); ; seen.add(root)) {
    const next = into.get(root);
    if (!next || seen.has(next)) break;
    root = next;
  }
  const family = new Set([root, patientKey]);
  for (let generation = new Set([root]); generation.size > 0; ) {
    const children = [...into].filter(([key, of]) => of !== null && generation.has(of) && !family.has(key));
    generation = new Set(children.map(([key]) => key));
    for (const key of generation) family.add(key);
  }
  return [...family];
}
