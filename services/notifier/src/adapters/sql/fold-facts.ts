import type { EventOf } from '@voorrang/contracts';
import type { Stamp } from '@voorrang/kernel';
import type { Work } from '../../application/ports.ts';
import { emptyDocument, type FactsDocument, foldFields } from '../../domain/facts-document.ts';
import { documentOf } from './rows.ts';

type OrderEvent = EventOf<'order.placed'> | EventOf<'order.changed'>;

/** The opaque form of an accession number, which is a link and never shown. */
export const accessionKey = (work: Pick<Work, 'keys'>, site: string, accession: string): string =>
  work.keys.of('accession', site, accession);

export async function linkAccessions(
  work: Work,
  kind: 'study' | 'order',
  entity: string,
  site: string,
  accessions: readonly (string | undefined)[],
): Promise<void> {
  for (const accession of new Set(accessions)) {
    if (!accession) continue;
    await work.trx
      .insertInto('notifier_accession')
      .values({ accession_key: accessionKey(work, site, accession), kind, entity })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

type StudyChange = {
  readonly site: string;
  readonly stamp: Stamp;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
  readonly bodyParts?: readonly (string | null)[];
  /** First durable observation: images or a run. */
  readonly observed: boolean;
};

/** Folds one fact into a study. False when it changed nothing, as most of the many events of one series do. */
export async function foldStudy({ trx }: Work, studyId: string, change: StudyChange): Promise<boolean> {
  const { site, stamp, fields, bodyParts = [], observed } = change;
  const before = await trx.selectFrom('notifier_study').selectAll().where('study_id', '=', studyId).executeTakeFirst();
  const known = documentOf(before?.document);
  const parts = joined(known, bodyParts);
  let document = foldFields(known, stamp, fields);
  if (parts !== known.bodyParts?.value && parts !== '') document = { ...document, bodyParts: { value: parts, stamp } };
  const firstAt = observed ? Math.min(before?.first_at ?? Infinity, stamp.observedAt) : (before?.first_at ?? null);
  if (before !== undefined && document === known && firstAt === before.first_at) return false;
  const row = { study_id: studyId, site, first_at: firstAt, document: JSON.stringify(document) };
  await trx
    .insertInto('notifier_study')
    .values({ ...row, images_complete_at: null, patient_key: null, visit_key: null })
    .onConflict((conflict) => conflict.column('study_id').doUpdateSet({ first_at: firstAt, document: row.document }))
    .execute();
  return true;
}

/** Body parts only gather: a set, sorted, separated as DICOM does. */
function joined(known: FactsDocument, more: readonly (string | null)[]): string {
  const before = typeof known.bodyParts?.value === 'string' ? known.bodyParts.value.split('\\') : [];
  return [...new Set([...before, ...more].filter((part): part is string => Boolean(part)))].sort().join('\\');
}

export async function foldSettled({ trx }: Work, event: EventOf<'study.settled'>): Promise<void> {
  // The first settling is the one that the clocks of an alert are about; a later version never moves them back or forth.
  await trx
    .updateTable('notifier_study')
    .set({ images_complete_at: event.data.imagesCompleteAt })
    .where('study_id', '=', event.key)
    .where((where) =>
      where.or([
        where('images_complete_at', 'is', null),
        where('images_complete_at', '>', event.data.imagesCompleteAt),
      ]),
    )
    .execute();
}

/** Folds an order; gives its key. */
export async function foldOrder(work: Work, event: OrderEvent): Promise<string> {
  const { trx, keys } = work;
  const { data, site, stamp, key } = event;
  const before = await trx.selectFrom('notifier_order').selectAll().where('order_key', '=', key).executeTakeFirst();
  const visitKey =
    data.visit?.number && data.patient ? keys.visit(site, data.patient.authority, data.visit.number) : null;
  const patientKey = data.patient ? keys.patient(data.patient.authority, data.patient.id) : null;
  const document = foldFields(documentOf(before?.document), stamp, {
    priority: data.priority,
    strokeCode: data.strokeCode,
    indication: data.indication,
    procedureCode: data.procedure?.code,
    procedure: data.procedure?.text,
    modality: data.modality,
    patientClass: data.visit?.patientClass,
    location: data.visit?.location,
    birthDate: data.patient?.birthDate,
    sex: data.patient?.sex,
    patientKey,
    visitKey,
    studyId: data.studyInstanceUid === null ? null : keys.study(site, data.studyInstanceUid),
  });
  const text = (name: string): string | null => {
    const value = document[name]?.value;
    return typeof value === 'string' ? value : null;
  };
  const row = {
    order_key: key,
    site,
    study_id: text('studyId'),
    patient_key: text('patientKey'),
    visit_key: text('visitKey'),
    document: JSON.stringify(document),
  };
  await trx
    .insertInto('notifier_order')
    .values(row)
    .onConflict((conflict) => conflict.column('order_key').doUpdateSet(row))
    .execute();
  await linkAccessions(work, 'order', key, site, data.accessionNumbers);
  return key;
}

export async function foldPatient(
  { trx }: Work,
  patientKey: string,
  stamp: Stamp,
  fields: { birthDate?: string | null; sex?: string | null; into?: string },
): Promise<void> {
  const before = await trx
    .selectFrom('notifier_patient')
    .selectAll()
    .where('patient_key', '=', patientKey)
    .executeTakeFirst();
  const document = foldFields(documentOf(before?.document), stamp, fields);
  const into = document.into?.value;
  const row = {
    patient_key: patientKey,
    into_key: typeof into === 'string' && into !== patientKey ? into : null,
    document: JSON.stringify(document),
  };
  await trx
    .insertInto('notifier_patient')
    .values(row)
    .onConflict((conflict) => conflict.column('patient_key').doUpdateSet(row))
    .execute();
}

export async function foldVisit(
  work: Work,
  visit: { key: string; site: string; patientKey: string },
  stamp: Stamp,
  fields: { patientClass: string | null; location: string | null },
): Promise<void> {
  const { trx } = work;
  const before = await trx
    .selectFrom('notifier_visit')
    .selectAll()
    .where('visit_key', '=', visit.key)
    .executeTakeFirst();
  const row = {
    visit_key: visit.key,
    site: visit.site,
    patient_key: visit.patientKey,
    first_at: Math.min(before?.first_at ?? Infinity, stamp.observedAt),
    last_at: Math.max(before?.last_at ?? 0, stamp.observedAt),
    document: JSON.stringify(foldFields(before ? documentOf(before.document) : emptyDocument, stamp, fields)),
  };
  await trx
    .insertInto('notifier_visit')
    .values(row)
    .onConflict((conflict) => conflict.column('visit_key').doUpdateSet(row))
    .execute();
}
