import type { EpochMs, Stamp } from '@voorrang/kernel';
import type { StudyFacts } from './registry.ts';

/** What is kept of a study to tell which detectors apply. */
export type KnownStudy = {
  readonly description: string;
  readonly accessionNumbers: readonly string[];
  readonly modalities: readonly string[];
  readonly bodyParts: readonly string[];
  readonly version: number;
  readonly imagesCompleteAt: EpochMs;
};

type OrderWords = {
  readonly priority: string;
  readonly strokeCode: boolean;
  readonly indication: string;
  readonly procedureCode: string;
  readonly procedure: string;
  readonly patientClass: string;
  readonly location: string;
  readonly birthDate: string;
  readonly sex: string;
};

/** What is kept of an order, and the stamp of each word; the newest word of each field wins, silence changes nothing. */
export type KnownOrder = OrderWords & { readonly saidAt?: Readonly<Partial<Record<keyof OrderWords, Stamp>>> };

const unknownOrder: KnownOrder = {
  priority: '',
  strokeCode: false,
  indication: '',
  procedureCode: '',
  procedure: '',
  patientClass: '',
  location: '',
  birthDate: '',
  sex: '',
};

/** An order as one event told it: null where the message said nothing. */
export type ToldOrder = { readonly [Field in keyof OrderWords]: OrderWords[Field] | null };

export function evolveOrder(known: KnownOrder | undefined, told: ToldOrder, stamp: Stamp): KnownOrder {
  const said = Object.entries(told).filter(([, value]) => value !== null);
  const saidAt = { ...known?.saidAt, ...Object.fromEntries(said.map(([field]) => [field, stamp])) };
  return { ...(known ?? unknownOrder), ...Object.fromEntries(said), saidAt } as KnownOrder;
}

/** Facts of the study under each of its orders and modalities (under no order when it has none): a detector applies when it applies to any. */
export function factsOf(study: KnownStudy, orders: readonly KnownOrder[], localHour: number): readonly StudyFacts[] {
  const modalities = study.modalities.length === 0 ? [''] : study.modalities;
  return (orders.length === 0 ? [unknownOrder] : orders).flatMap((order) =>
    modalities.map((modality) => ({
      order: {
        priority: order.priority,
        strokeCode: order.strokeCode,
        indication: order.indication,
        procedureCode: order.procedureCode,
        procedure: order.procedure,
      },
      visit: { patientClass: order.patientClass, location: order.location },
      patient: { age: ageAt(order.birthDate, study.imagesCompleteAt), sex: order.sex },
      study: { modality, bodyParts: study.bodyParts, description: study.description },
      hour: localHour,
    })),
  );
}

/** Whole years from a birth date (YYYY-MM-DD) to an instant; -1 when unknown. */
function ageAt(birthDate: string, at: EpochMs): number {
  const [year, month, day] = birthDate.split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined) return -1;
  const then = new Date(at);
  const before = then.getUTCMonth() + 1 < month || (then.getUTCMonth() + 1 === month && then.getUTCDate() < day);
  return Math.max(0, then.getUTCFullYear() - year - (before ? 1 : 0));
}
