import type { KnownEvent, operationKinds } from '@voorrang/contracts';
import type { DurationMs, EpochMs } from '@voorrang/kernel';
import type { PacsPeer } from '@voorrang/protocol';
import type { SkewSamples } from '../../domain/watch/clock-skew.ts';
import type { PacsSeries, PacsStudy } from './pacs.ts';

export type OperationKind = (typeof operationKinds)[number];

/** What became of a notice, for log and metrics. */
export type OperationChange = {
  readonly kind: OperationKind;
  readonly site: string;
  readonly subject: string;
  readonly count: number;
  readonly what: 'raised' | 'changed' | 'cleared';
};

export type StoredOperation = {
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly site: string;
  readonly subject: string;
  readonly count: number;
  readonly since: EpochMs;
  readonly clearedAt: EpochMs | null;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** That a sender was heard in a slot; the sender '' is ourselves: a slot in which we listened. */
export type Mark = {
  readonly sender: string;
  readonly slotAt: EpochMs;
  readonly messages: number;
  readonly lastAt: EpochMs;
};

/** What was measured of a sender since it was stored last. */
export type Measured = { readonly sender: string; readonly samples: SkewSamples; readonly tls: boolean | null };

export type SenderState = {
  readonly sender: string;
  readonly lastHeardAt: EpochMs | null;
  readonly messagesLastHour: number;
  /** How long it may be silent from when it was heard last; `null`: not watched, or nothing learned yet. */
  readonly expectedSilenceMs: DurationMs | null;
  readonly silentSince: EpochMs | null;
  readonly clockSkewMs: DurationMs | null;
  readonly tls: boolean | null;
};

/** What is known of the senders, durably, with stored due times. */
export interface SenderBook {
  /** Takes up the senders that the protocol names now, and gives the samples that were stored of their clocks. */
  begin(now: EpochMs): Promise<{
    readonly changes: readonly OperationChange[];
    readonly samples: ReadonlyMap<string, SkewSamples>;
  }>;
  /** Adds marks in one statement, and what was measured. */
  store(marks: readonly Mark[], measured: readonly Measured[], now: EpochMs): Promise<void>;
  nextDueAt(): Promise<EpochMs | undefined>;
  /** Learns from the past, decides silence and skew of the senders that are due, and tells what changed. */
  runDue(now: EpochMs): Promise<readonly OperationChange[]>;
  states(now: EpochMs): Promise<readonly SenderState[]>;
}

/** The orders without images and images without orders, durably, with stored due times. */
export interface MatchBook {
  /** Notes what the facts say and who found whom. Facts may come again and in any order. */
  record(events: readonly KnownEvent[]): Promise<void>;
  nextDueAt(): Promise<EpochMs | undefined>;
  runDue(now: EpochMs): Promise<readonly OperationChange[]>;
}

/** A study that is here. `images` is `null` where it was announced only: who announces sends no second copy. */
export type StudyHere = { readonly studyInstanceUid: string; readonly images: number | null };

/** What a comparison of one PACS found, to be made durable at once. */
export type ComparisonResult = {
  /** The first local day (YYYYMMDD) that is still to be compared. */
  readonly nextDay: number;
  readonly nextAt: EpochMs;
  readonly comparedStudies: number;
  /** With what the PACS says of them, so that they come onto the list. */
  readonly missingHere: readonly { readonly study: PacsStudy; readonly series: readonly PacsSeries[] }[];
  readonly fewerHere: readonly string[];
  readonly missingAtPacs: readonly string[];
  /** Studies of earlier comparisons that the PACS has by now. */
  readonly arrivedAtPacs: readonly string[];
};

/** The comparisons with PACS, durably, with stored due times. */
export interface ComparisonBook {
  /** Takes up the PACS that the protocol names now. A new one is compared from the first whole day on in which we listened. */
  begin(now: EpochMs): Promise<readonly OperationChange[]>;
  nextDueAt(): Promise<EpochMs | undefined>;
  /** PACS whose comparison is due, each with the first local day that is to be compared. */
  due(now: EpochMs): Promise<readonly { readonly name: string; readonly fromDay: number }[]>;
  /** Of these studies those that are here as images or announced. */
  here(site: string, studyInstanceUids: readonly string[]): Promise<readonly StudyHere[]>;
  /** Studies with images of a modality whose first image came on a local day. */
  firstSeenOn(peer: PacsPeer, day: number): Promise<readonly string[]>;
  /** Studies of earlier comparisons that the PACS did not have. */
  missingAt(name: string): Promise<readonly string[]>;
  finish(peer: PacsPeer, result: ComparisonResult, now: EpochMs): Promise<readonly OperationChange[]>;
  failed(peer: PacsPeer, code: string, now: EpochMs): Promise<readonly OperationChange[]>;
  /** Tells again what is missing where images came, reports came, or time went on since. */
  retell(now: EpochMs): Promise<readonly OperationChange[]>;
}
