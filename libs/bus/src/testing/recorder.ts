import type { BatchContext, BatchHandler, BusRecord } from '../ports.ts';

/** A batch handler that notes what it took. `during` may reject: what it rejects is not noted. */
export class Recorder {
  readonly batches: { records: readonly BusRecord[]; context: BatchContext }[] = [];
  /** How often a partition was handed over while it was still being handled. */
  overlaps = 0;
  readonly handler: BatchHandler;
  readonly #busy = new Map<string, number>();
  readonly #seen = new Set<string>();

  constructor(during?: (records: readonly BusRecord[]) => void | Promise<void>) {
    this.handler = async (records, context) => {
      const busy = this.#busy.get(context.partitionKey) ?? 0;
      if (busy > 0) this.overlaps += 1;
      this.#busy.set(context.partitionKey, busy + 1);
      try {
        await during?.(records);
        this.batches.push({ records, context });
        for (const each of records) if (each.value.length < 1_000) this.#seen.add(text(each));
      } finally {
        this.#busy.set(context.partitionKey, (this.#busy.get(context.partitionKey) ?? 1) - 1);
      }
    };
  }

  records(): readonly BusRecord[] {
    return this.batches.flatMap(({ records }) => records);
  }

  /** Values in the order of delivery, with duplicates. */
  values(): readonly string[] {
    return this.records().map(text);
  }

  hasAll(values: readonly string[]): boolean {
    return values.every((value) => this.#seen.has(value));
  }

  find(value: string): BusRecord | undefined {
    return this.records().find((each) => text(each) === value);
  }

  /** Values of one key in the order in which each came first. */
  firstDeliveries(key: string): readonly string[] {
    return [
      ...new Set(
        this.records()
          .filter((each) => each.key === key)
          .map(text),
      ),
    ];
  }
}

const text = (record: BusRecord): string => Buffer.from(record.value).toString();
