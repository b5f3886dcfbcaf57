import type { OrderPriority, Patient, PatientClass } from '@voorrang/contracts';
import type { EpochMs, Stamp } from '@voorrang/kernel';
import type { Fact, Written } from './facts.ts';

export type OrderFact = Fact<'order.placed' | 'order.changed' | 'order.cancelled' | 'report.issued'>;

export type StatedVisit = {
  readonly stamp: Stamp;
  readonly patientClass: PatientClass | null;
  readonly location: string | null;
};

export type IssuedReport = {
  readonly stamp: Stamp;
  readonly status: Fact<'report.issued'>['data']['status'];
  readonly studyInstanceUid: string | null;
  readonly accessionNumbers: readonly string[];
};

/** What the facts of an order come to: last writer by stamp per field, every visit as stated, a cancellation that holds until the order is placed again. */
export type OrderView = {
  /** A placed or changed order, not only a report or a cancellation under its number. */
  readonly known: boolean;
  /** It stands under its placer number alone and another order has taken that over with a filler number. */
  readonly absorbed: boolean;
  readonly filler: string | null;
  readonly placer: string | null;
  readonly accessionNumbers: readonly string[];
  readonly studyInstanceUid: string | null;
  readonly patient: Written<Patient> | null;
  readonly visitNumber: string | null;
  readonly visits: readonly StatedVisit[];
  readonly procedureCode: string | null;
  readonly procedure: string | null;
  readonly modality: string | null;
  readonly bodyPart: string | null;
  readonly indication: string | null;
  readonly priority: OrderPriority | null;
  readonly strokeCode: boolean;
  readonly status: string | null;
  readonly requestedAt: Written<EpochMs> | null;
  readonly cancelledAt: Stamp | null;
  readonly firstAt: Stamp | null;
  /** Of placing, changing and cancelling; reports do not count. */
  readonly lastAt: Stamp | null;
  readonly reports: readonly IssuedReport[];
  /** Facts that count for it, by stamp. */
  readonly facts: readonly OrderFact[];
};
