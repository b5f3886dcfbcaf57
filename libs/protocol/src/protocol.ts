import type { DurationMs, EpochMs } from '@voorrang/kernel';
import type { Finding, FindingCode, Severity, UrgencyClass } from './words.ts';

/**
 * The local protocol as checked data: what a site agreed on. Loaded from a directory of YAML files, every problem of every file told at once
 * with file and line. Nothing in it is code; conditions are compiled expressions of `@voorrang/rules`.
 */
export type Protocol = {
  /** SHA-256 (hex) over file names and texts: the policy hash that rows carry. */
  readonly hash: string;
  /** File name to text, as activated; kept in `policy.activated` so that a replay can load it again. */
  readonly files: Readonly<Record<string, string>>;
  readonly sites: Readonly<Record<string, SiteConfig>>;
  readonly policy: Policy;
  readonly detectors: readonly Detector[];
  readonly alerting: AlertPolicy;
  readonly onCall: OnCall;
  readonly senders: Senders;
};

export type SiteConfig = { readonly name: string; readonly timeZone: string };

export type Bilingual = { readonly en: string; readonly nl: string };

/** A wait: plain time, or working days of the site (Monday to Friday in its time zone; the weekend clock stops). */
export type Wait = { readonly ms: DurationMs } | { readonly workingDays: number };

export type ClassDefinition = {
  readonly class: UrgencyClass;
  readonly label: Bilingual;
  readonly target: Wait;
  readonly maximum: Wait;
};

/** What a condition of an ordering rule sees. No `now`: age and hour are those at the reference time. Missing text is '', a missing number -1. */
export type OrderingFacts = {
  readonly order: {
    readonly priority: string;
    readonly strokeCode: boolean;
    readonly indication: string;
    readonly procedureCode: string;
    readonly procedure: string;
  };
  readonly visit: { readonly patientClass: string; readonly location: string };
  readonly patient: { readonly age: number; readonly sex: string };
  readonly study: { readonly modality: string; readonly bodyParts: readonly string[]; readonly description: string };
  /** Site-local hour 0 to 23 at the reference time. */
  readonly hour: number;
};

/** What a condition of an AI rule or an alert route sees besides. */
export type FindingFacts = OrderingFacts & {
  readonly finding: {
    readonly code: FindingCode;
    readonly outcome: Finding['outcome'];
    readonly severity: string;
    readonly confidence: number;
    readonly location: string;
    readonly measurements: Readonly<Record<string, number>>;
  };
  readonly detector: { readonly id: string };
};

/** A compiled condition. Evaluation is pure; an evaluation error is a value, never a throw. */
export type Condition<Facts> = {
  readonly text: string;
  readonly evaluate: (
    facts: Facts,
  ) => { readonly ok: true; readonly value: boolean } | { readonly ok: false; readonly error: string };
};

export type OrderingRule<Facts> = {
  readonly id: string;
  readonly when: Condition<Facts>;
  readonly class: UrgencyClass;
  /** 0 to 3; smaller stands before. */
  readonly band: number;
  /** Reason code and text shown on the row. Text may name `{finding}`, `{detector}`. */
  readonly code: string;
  readonly text: Bilingual;
  readonly source: string;
};

export type Policy = {
  readonly label: Bilingual;
  readonly classes: Readonly<Record<UrgencyClass, ClassDefinition>>;
  /** Every rule that holds gives a key; the best (smallest) key wins, so their order does not matter. */
  readonly baseRules: readonly OrderingRule<OrderingFacts>[];
  readonly aiRules: readonly OrderingRule<FindingFacts>[];
  /** The safe place of a study that no rule places or whose rule fails. */
  readonly unscored: {
    readonly class: UrgencyClass;
    readonly band: number;
    readonly code: string;
    readonly text: Bilingual;
  };
  /** Band of a raise by a person, per class. */
  readonly personBands: Readonly<Record<UrgencyClass, number>>;
};

export type Detector = {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly releasedVersions: readonly string[];
  readonly state: 'active' | 'shadow' | 'suspended';
  readonly sites: readonly string[];
  readonly findings: readonly FindingCode[];
  /** Whether a settled study is in its intended use, so that a run is expected. */
  readonly appliesTo: Condition<OrderingFacts>;
  /** A run is late this long after images complete. */
  readonly expectedWithinMs: DurationMs;
  readonly label: Bilingual;
  readonly source: string;
};

export type ChannelKind = 'webhook' | 'ntfy' | 'sms' | 'voice';

export type AlertRoute = {
  readonly id: string;
  readonly when: Condition<FindingFacts>;
  readonly team: string;
  readonly severity: Severity;
  /** `page` raises or fills in an alert; `fill-in` only adds to one that is open. */
  readonly effect: 'page' | 'fill-in';
  readonly source: string;
};

export type EscalationStep = {
  /** Seconds after the alert was raised. */
  readonly afterMs: DurationMs;
  /** Roles of the rota: everybody who holds one of them at the due time is a target. Empty or unheld: skipped at once. */
  readonly roles: readonly string[];
  readonly channels: readonly ChannelKind[];
};

export type TeamPolicy = {
  readonly team: string;
  /** Word on the phone: "STROKE", "PERT". */
  readonly pageWord: string;
  readonly steps: readonly EscalationStep[];
  /** After the last step: sent to the switchboard, once, and shown red until a human acts. */
  readonly fallback: {
    readonly afterMs: DurationMs;
    readonly person: string;
    readonly channels: readonly ChannelKind[];
  };
  /** A finding older than this when first seen does not page; it is recorded as expired and shown. */
  readonly maximumAgeMs: DurationMs;
};

export type AlertPolicy = {
  readonly routes: readonly AlertRoute[];
  readonly teams: Readonly<Record<string, TeamPolicy>>;
  /** A study of a stroke-code order whose run fails or is late is told to this team's open alert and to the radiologist. */
  readonly strokeCodeTeam: string;
  readonly episodeMs: DurationMs;
};

export type Person = {
  readonly id: string;
  readonly name: string;
  /** Address per channel: URL, topic URL, or telephone number. `env:NAME` is resolved at load from the configuration handed in. */
  readonly channels: Readonly<Partial<Record<ChannelKind, string>>>;
};

/** One weekly shift of one role, in the site's time zone. `to` before `from` runs over midnight. */
export type Shift = {
  readonly site: string;
  readonly team: string;
  readonly role: string;
  readonly person: string;
  /** 1 Monday to 7 Sunday. */
  readonly days: readonly number[];
  /** Minutes after local midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
};

export type OnCall = { readonly people: Readonly<Record<string, Person>>; readonly shifts: readonly Shift[] };

export type DicomSender = { readonly callingAe: string; readonly site: string; readonly authority: string };
export type Hl7Sender = {
  /** MSH-3 and MSH-4 namespace ids; '*' matches any. */
  readonly application: string;
  readonly facility: string;
  readonly site: string;
  readonly authority: string;
  readonly charset: string;
};
export type Senders = {
  readonly dicom: readonly DicomSender[];
  readonly hl7: readonly Hl7Sender[];
  /** For senders that no entry names; `site` comes from `VOORRANG_SITE`. */
  readonly fallback: { readonly authority: string; readonly charset: string };
};

/** One mistake in a protocol directory. `line` counts from 1. */
export type ProtocolProblem = {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
};

export type { EpochMs };
