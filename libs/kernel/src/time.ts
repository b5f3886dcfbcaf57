/** Milliseconds since 1970-01-01T00:00:00Z. Every instant in the product is one of these. */
export type EpochMs = number;
/** A length of time in milliseconds. */
export type DurationMs = number;

export const seconds = (n: number): DurationMs => n * 1_000;
export const minutes = (n: number): DurationMs => n * 60_000;
export const hours = (n: number): DurationMs => n * 3_600_000;
export const days = (n: number): DurationMs => n * 86_400_000;

/** ISO 8601 in UTC with milliseconds. */
export const isoOf = (at: EpochMs): string => new Date(at).toISOString();
/** The instant of an ISO 8601 text, or `undefined` when it is none. */
export const epochOf = (iso: string): EpochMs | undefined => {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? undefined : at;
};
