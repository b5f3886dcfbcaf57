import type { OrderPriority, PatientClass } from '@voorrang/contracts';
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
  /** settling.yaml; without the file there are no rules. */
  readonly settling: readonly SettlingRule[];
  /** peers.yaml; without the file nothing is compared. */
  readonly peers: Peers;
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

/**
 * Where a sender may speak from. An AE title or an MSH-3 is a name, no proof: whoever gives neither addresses nor certificates here is taken at its word.
 * Both given: both must hold.
 */
export type SenderOrigin = {
  /** IPv4 or IPv6 addresses or networks in CIDR form. */
  readonly addresses?: readonly string[];
  /** SHA-256 fingerprints (64 hex digits) of the client certificates of TLS. */
  readonly certificates?: readonly string[];
  /** May speak without TLS although the listener is not bound to loopback. */
  readonly plaintext?: boolean;
};

/**
 * How often a sender is heard. `learned`: from its own past, per hour of the week; otherwise the longest silence per local hour range. Silence beyond it is an operations alert.
 * Absent: the sender is not watched.
 */
export type Heartbeat =
  | { readonly kind: 'learned' }
  | {
      readonly kind: 'set';
      /** The first range that holds the site-local hour counts; hours outside all ranges are not watched. `toHour` is exclusive; from after to runs over midnight. */
      readonly hours: readonly { readonly fromHour: number; readonly toHour: number; readonly silenceMs: DurationMs }[];
    };

export const dicomOperations = ['echo', 'store', 'ian', 'mpps'] as const;
export type DicomOperation = (typeof dicomOperations)[number];

export type DicomSender = SenderOrigin & {
  readonly callingAe: string;
  readonly site: string;
  readonly authority: string;
  /** Titles of ours that it may call; absent: any that the listener takes. */
  readonly calledAe?: readonly string[];
  /** Absent: all. */
  readonly operations?: readonly DicomOperation[];
  /** Associations at a time; absent: the limit of all. */
  readonly associations?: number;
  readonly heartbeat?: Heartbeat;
};

/** Field paths of one sender, each tried in order until one has a value; absent: the defaults of docs/hl7-conformance.md. Form: `OBR-18`, `OBR-3.1`, `ZDS-1.1`. */
export type Hl7FieldPaths = {
  readonly accessionNumber?: readonly string[];
  readonly studyInstanceUid?: readonly string[];
  readonly priority?: readonly string[];
  readonly location?: readonly string[];
  readonly patientClass?: readonly string[];
  readonly visitNumber?: readonly string[];
};

/** Codes of one sender over those of the standard tables; keys are compared without case. */
export type Hl7CodeMaps = {
  readonly priority?: Readonly<Record<string, OrderPriority>>;
  readonly patientClass?: Readonly<Record<string, PatientClass>>;
  readonly modality?: Readonly<Record<string, string>>;
  /** Names of assigning authorities as sent (CX-4.1 or CX-4.2) to the one that is kept. */
  readonly authority?: Readonly<Record<string, string>>;
};

export type Hl7Sender = SenderOrigin & {
  /** MSH-3 and MSH-4 namespace ids; '*' matches any. */
  readonly application: string;
  readonly facility: string;
  readonly site: string;
  readonly authority: string;
  /** When MSH-18 is empty. */
  readonly charset: string;
  readonly fields?: Hl7FieldPaths;
  readonly codes?: Hl7CodeMaps;
  readonly acknowledgement?: {
    /** `by-message`: enhanced when MSH-15 or MSH-16 is valued. */
    readonly mode?: 'by-message' | 'original' | 'enhanced';
    /** Some senders resend after AE and give up after AR: swaps the two. */
    readonly swapErrors?: boolean;
  };
  /** Processing ids (MSH-11) taken; absent: P, D, T and empty. */
  readonly processingIds?: readonly string[];
  /** Authorities whose ids may be kept; absent: any. Ids of others are dropped. */
  readonly keepAuthorities?: readonly string[];
  /** Identifier types (CX-5) never kept; absent: the national numbers NNNLD, NNBEL, SS. */
  readonly dropIdentifierTypes?: readonly string[];
  /** Whether its merges (A18, A37, A40, A47) count; absent: yes for a sender that an entry names. */
  readonly merges?: boolean;
  readonly strokeCodeWords?: readonly string[];
  readonly heartbeat?: Heartbeat;
};

export type Senders = {
  readonly dicom: readonly DicomSender[];
  readonly hl7: readonly Hl7Sender[];
  /**
   * For senders that no entry names; `site` comes from `VOORRANG_SITE`. `unknown: refuse` rejects their associations (calling AE title not recognised) and messages (AR);
   * absent: they are taken. Their merges never count.
   */
  readonly fallback: { readonly authority: string; readonly charset: string; readonly unknown?: 'accept' | 'refuse' };
};

/** What a condition on a study or on one of its series sees (settling.yaml). Missing text is '', a missing number -1. */
export type SettlingFacts = {
  readonly study: {
    readonly modalities: readonly string[];
    readonly bodyParts: readonly string[];
    readonly description: string;
  };
};
export type SeriesFacts = SettlingFacts & {
  readonly series: {
    readonly modality: string;
    readonly description: string;
    readonly protocol: string;
    readonly bodyPart: string;
    readonly kernel: string;
    readonly sliceThicknessMm: number;
    readonly contrast: boolean;
    readonly instances: number;
  };
};
/**
 * A required-series rule: a study for which `when` holds is settled as soon as each series in `series` is there and no instance has come for `quietMs`.
 * The first rule that holds counts.
 */
export type SettlingRule = {
  readonly id: string;
  readonly sites: readonly string[];
  readonly when: Condition<SettlingFacts>;
  readonly series: readonly {
    readonly name: string;
    readonly when: Condition<SeriesFacts>;
    readonly minimumInstances: number;
  }[];
  readonly quietMs: DurationMs;
  readonly source: string;
};

/** A PACS that is asked once a night what it has of the last day (peers.yaml). */
export type PacsPeer = {
  readonly name: string;
  readonly site: string;
  /** Site-local minute of the day. */
  readonly atMinute: number;
  /** Studies of which modalities are compared. */
  readonly modalities: readonly string[];
  readonly query:
    | {
        readonly kind: 'qido-rs';
        readonly url: string /** Value of the header Authorization. */;
        readonly authorization?: string;
      }
    | {
        readonly kind: 'c-find';
        readonly host: string;
        readonly port: number;
        readonly calledAe: string;
        readonly callingAe: string;
        readonly tls: boolean;
      };
};
/** How long an order may wait for images after its requested or scheduled time, and images for an order, before operators are told; per site or '*'. */
export type UnmatchedLimits = {
  readonly site: string;
  readonly orderWithoutImagesMs: DurationMs;
  readonly imagesWithoutOrderMs: DurationMs;
};
export type Peers = { readonly pacs: readonly PacsPeer[]; readonly unmatched: readonly UnmatchedLimits[] };

/** One mistake in a protocol directory. `line` counts from 1. */
export type ProtocolProblem = {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
};

export type { EpochMs };
