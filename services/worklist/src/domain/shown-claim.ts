import type { Row } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';

/** A claim whose lease has run out is not shown, whether or not its end has come through the log yet. */
export const withClaimAt = <T extends Pick<Row, 'claim'>>(row: T, now: EpochMs): T =>
  row.claim !== null && row.claim.until <= now ? { ...row, claim: null } : row;
