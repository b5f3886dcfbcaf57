import type { Trx } from '../../application/ports.ts';
import type { NotifierSchema } from './schema.ts';

type Rows<Name extends keyof NotifierSchema> = NotifierSchema[Name];
type StudyRow = Rows<'notifier_study'>;

/** Keys of the rows that a batch of facts is folded into. */
export type BatchKeys = {
  readonly studies: ReadonlySet<string>;
  readonly orders: ReadonlySet<string>;
  readonly patients: ReadonlySet<string>;
  readonly visits: ReadonlySet<string>;
};

/** Rows of one table as a batch of facts sees them: read once, changed in memory, written once. */
export class RowBatch<Row> {
  readonly #rows: Map<string, Row>;
  readonly #changed = new Set<string>();

  constructor(rows: readonly Row[], keyOf: (row: Row) => string) {
    this.#rows = new Map(rows.map((row) => [keyOf(row), row]));
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  set(key: string, row: Row): void {
    this.#rows.set(key, row);
    this.#changed.add(key);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  isChanged(key: string): boolean {
    return this.#changed.has(key);
  }

  get changed(): readonly Row[] {
    return [...this.#changed].flatMap((key) => this.#rows.get(key) ?? []);
  }
}

/** What a batch of facts reads and writes, so that the number of statements does not grow with the number of facts. */
export class FactsBatch {
  readonly studies: RowBatch<StudyRow>;
  readonly orders: RowBatch<Rows<'notifier_order'>>;
  readonly patients: RowBatch<Rows<'notifier_patient'>>;
  readonly visits: RowBatch<Rows<'notifier_visit'>>;
  readonly accessions = new Map<string, Rows<'notifier_accession'>>();

  private constructor(rows: {
    studies: readonly StudyRow[];
    orders: readonly Rows<'notifier_order'>[];
    patients: readonly Rows<'notifier_patient'>[];
    visits: readonly Rows<'notifier_visit'>[];
  }) {
    this.studies = new RowBatch(rows.studies, (row) => row.study_id);
    this.orders = new RowBatch(rows.orders, (row) => row.order_key);
    this.patients = new RowBatch(rows.patients, (row) => row.patient_key);
    this.visits = new RowBatch(rows.visits, (row) => row.visit_key);
  }

  static async load(trx: Trx, keys: BatchKeys): Promise<FactsBatch> {
    const { orders, patients, visits } = keys;
    return new FactsBatch({
      studies: await studyRows(trx, [...keys.studies]),
      orders:
        orders.size === 0
          ? []
          : await trx
              .selectFrom('notifier_order')
              .selectAll()
              .where('order_key', 'in', [...orders])
              .execute(),
      patients:
        patients.size === 0
          ? []
          : await trx
              .selectFrom('notifier_patient')
              .selectAll()
              .where('patient_key', 'in', [...patients])
              .execute(),
      visits:
        visits.size === 0
          ? []
          : await trx
              .selectFrom('notifier_visit')
              .selectAll()
              .where('visit_key', 'in', [...visits])
              .execute(),
    });
  }

  /** Writes what links are found through; studies follow when they are linked. */
  async writeLinks(trx: Trx): Promise<void> {
    const accessions = [...this.accessions.values()];
    if (accessions.length > 0) {
      await trx
        .insertInto('notifier_accession')
        .values(accessions)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    await writeOrders(trx, this.orders.changed);
    await writePatients(trx, this.patients.changed);
    await writeVisits(trx, this.visits.changed);
  }
}

export async function studyRows(trx: Trx, ids: readonly string[]): Promise<readonly StudyRow[]> {
  if (ids.length === 0) return [];
  return trx
    .selectFrom('notifier_study')
    .selectAll()
    .where('study_id', 'in', [...ids])
    .execute();
}

export async function writeStudies(trx: Trx, rows: readonly StudyRow[]): Promise<void> {
  if (rows.length === 0) return;
  await trx
    .insertInto('notifier_study')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.column('study_id').doUpdateSet((row) => ({
        first_at: row.ref('excluded.first_at'),
        images_complete_at: row.ref('excluded.images_complete_at'),
        read_at: row.ref('excluded.read_at'),
        patient_key: row.ref('excluded.patient_key'),
        visit_key: row.ref('excluded.visit_key'),
        document: row.ref('excluded.document'),
      })),
    )
    .execute();
}

async function writeOrders(trx: Trx, rows: readonly Rows<'notifier_order'>[]): Promise<void> {
  if (rows.length === 0) return;
  await trx
    .insertInto('notifier_order')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.column('order_key').doUpdateSet((row) => ({
        site: row.ref('excluded.site'),
        study_id: row.ref('excluded.study_id'),
        patient_key: row.ref('excluded.patient_key'),
        visit_key: row.ref('excluded.visit_key'),
        placer_key: row.ref('excluded.placer_key'),
        report_json: row.ref('excluded.report_json'),
        document: row.ref('excluded.document'),
      })),
    )
    .execute();
}

/** Who a patient stands for is written with the merges. */
async function writePatients(trx: Trx, rows: readonly Rows<'notifier_patient'>[]): Promise<void> {
  if (rows.length === 0) return;
  await trx
    .insertInto('notifier_patient')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.column('patient_key').doUpdateSet((row) => ({
        document: row.ref('excluded.document'),
      })),
    )
    .execute();
}

async function writeVisits(trx: Trx, rows: readonly Rows<'notifier_visit'>[]): Promise<void> {
  if (rows.length === 0) return;
  await trx
    .insertInto('notifier_visit')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.column('visit_key').doUpdateSet((row) => ({
        site: row.ref('excluded.site'),
        patient_key: row.ref('excluded.patient_key'),
        first_at: row.ref('excluded.first_at'),
        last_at: row.ref('excluded.last_at'),
        document: row.ref('excluded.document'),
      })),
    )
    .execute();
}
