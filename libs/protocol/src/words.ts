export type { Finding, Severity, UrgencyClass } from '@voorrang/contracts';
/** A finding code of the registry. */
export type FindingCode = string;
