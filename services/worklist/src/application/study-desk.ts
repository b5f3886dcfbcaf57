import type { EventData, EventType, NewEvent, UrgencyClass } from '@voorrang/contracts';
import { type Clock, type DurationMs, type EpochMs, VoorrangError } from '@voorrang/kernel';
import { currentTraceparent } from '@voorrang/platform';
import type { RankedRow } from '@voorrang/worklist-store';
import {
  claimInReading,
  decideClaim,
  decideRelease,
  type Holder,
  holderAt,
  type ShownReading,
} from '../domain/claim.ts';
import { decideRaise, type OwnRaise, raiseInReading } from '../domain/raise.ts';
import { classWithoutAi } from './class-without-ai.ts';
import type { Ledger, LedgerEntry, StudyTarget } from './ports.ts';

/** In place of the person, for a mark that the study has once. */
const anybody = '';

/** A claim as its holder is told: `fence` names this holding in later requests. */
export type GrantedClaim = Holder & { readonly fence: number };

export type StudyDeskOptions = { readonly ledger: Ledger; readonly clock: Clock; readonly leaseMs: DurationMs };

/**
 * What people do to a study: claim, release, read, raise, hold. Each act is one transaction with its event and is idempotent; a method resolves
 * after it is durable. Errors: `VRG_STUDY_CLAIMED` with the holder, `VRG_STUDY_STATE`.
 */
export class StudyDesk {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #leaseMs: DurationMs;

  constructor({ ledger, clock, leaseMs }: StudyDeskOptions) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  async claim(row: RankedRow, by: string, takeOver: boolean): Promise<GrantedClaim> {
    const target = targetOf(row);
    const now = this.#clock.now();
    return this.#ledger.transaction(now, async (entry) => {
      const before = await entry.claim(target.studyId);
      const { reading } = readingOf(row);
      const current = claimInReading(before, readingOf(row));
      const decision = decideClaim(current, { by, now, leaseMs: this.#leaseMs, takeOver, reading });
      if (decision.kind === 'held') throw claimed(decision.holder);
      const { holder, until, fence } = decision.claim;
      if (decision.kind !== 'unchanged') {
        await entry.changeClaim(target, before, decision.claim);
        await entry.append(eventOf('study.claimed', target, { by, until, fence }));
      }
      return { by: holder, until, fence };
    });
  }

  /** Releases one's own claim; when nobody has the study it is so already. */
  async release(row: RankedRow, by: string, fence: number | undefined): Promise<void> {
    const target = targetOf(row);
    const now = this.#clock.now();
    await this.#ledger.transaction(now, (entry) => releaseOwn(entry, target, by, now, fence));
  }

  /** The study is read: it leaves the reading list. Refused while another has it open, unless taken over. */
  async read(row: RankedRow, by: string, takeOver: boolean): Promise<void> {
    const target = targetOf(row);
    const now = this.#clock.now();
    if (row.list === 'done') return;
    await this.#ledger.transaction(now, async (entry) => {
      // A study that a late series brings back arrives anew, and can be read anew.
      const { reading } = readingOf(row);
      if ((await entry.mark(target.studyId, 'read', by)) === reading) return;
      const holder = holderAt(claimInReading(await entry.claim(target.studyId), readingOf(row)), now);
      if (holder !== null && holder.by !== by && !takeOver) throw claimed(holder);
      await entry.setMark(target.studyId, 'read', by, reading);
      await entry.append(eventOf('study.read', target, { by }));
      if (holder?.by === by) await releaseOwn(entry, target, by, now, undefined);
    });
  }

  /** Raises above the place without AI, or undoes (`null`) one's own raise. */
  async raise(row: RankedRow, by: string, asked: UrgencyClass | null, reason: string): Promise<void> {
    const target = targetOf(row);
    await this.#ledger.transaction(this.#clock.now(), async (entry) => {
      const { reading } = readingOf(row);
      const own = raiseInReading((await entry.mark(target.studyId, 'raise', by)) as OwnRaise, reading);
      const decision = decideRaise(classWithoutAi(row), own, asked);
      if (decision.kind === 'refused') throw new VoorrangError('VRG_STUDY_STATE', decision.reason);
      if (decision.kind === 'unchanged') return;
      await entry.setMark(target.studyId, 'raise', by, { class: asked, reading });
      await entry.append(eventOf('study.raised', target, { by, reason, class: asked }));
    });
  }

  /** Shows that the study waits for something, until an instant; `null` ends it. It never moves the study. */
  async hold(row: RankedRow, by: string, until: EpochMs | null, reason: string): Promise<void> {
    const target = targetOf(row);
    await this.#ledger.transaction(this.#clock.now(), async (entry) => {
      // The last word of anybody counts, and only in its reading: what one person said before another's is no longer so.
      const before = JSON.stringify(await entry.mark(target.studyId, 'hold', anybody));
      const after = { by, until, reason, reading: readingOf(row).reading };
      if (before === JSON.stringify(after)) return;
      await entry.setMark(target.studyId, 'hold', anybody, after);
      await entry.append(eventOf('study.held', target, { by, reason, until }));
    });
  }

  /** Ends the leases that have run out, so that every list shows it. */
  async releaseExpired(now: EpochMs): Promise<void> {
    for (const target of await this.#ledger.expired(now))
      await this.#ledger.transaction(now, async (entry) => {
        const before = await entry.claim(target.studyId);
        // Claimed anew, or ended by another instance, since it was looked up.
        if (before.holder === null || before.until === null || before.until > now) return;
        await entry.changeClaim(target, before, { ...before, holder: null, until: null });
        await entry.append(eventOf('study.released', target, { by: before.holder, fence: before.fence }));
      });
  }
}

async function releaseOwn(
  entry: LedgerEntry,
  target: StudyTarget,
  by: string,
  now: EpochMs,
  fence: number | undefined,
): Promise<void> {
  const before = await entry.claim(target.studyId);
  const decision = decideRelease(before, by, now, fence);
  if (decision.kind === 'held') throw claimed(decision.holder);
  if (decision.kind === 'unchanged') return;
  await entry.changeClaim(target, before, decision.claim);
  await entry.append(eventOf('study.released', target, { by, fence: before.fence }));
}

const claimed = (holder: Holder): VoorrangError =>
  new VoorrangError('VRG_STUDY_CLAIMED', undefined, { details: { holder } });

/** A late series gives the row a new arrival, and with it a new member. */
const readingOf = ({ sortKey, claim }: RankedRow): ShownReading => ({
  reading: sortKey.member,
  claimed: claim !== null,
});

function targetOf({ site, studyId, studyInstanceUid }: RankedRow): StudyTarget {
  if (studyInstanceUid === null)
    throw new VoorrangError('VRG_STUDY_STATE', 'the study has not begun: no images are here');
  return { site, studyId, studyInstanceUid };
}

function eventOf<T extends EventType>(
  type: T,
  target: StudyTarget,
  data: Omit<EventData<T>, 'studyInstanceUid'>,
): NewEvent {
  const traceparent = currentTraceparent();
  return {
    type,
    source: '/worklist',
    site: target.site,
    key: target.studyId,
    ...(traceparent === undefined ? {} : { traceparent }),
    data: { studyInstanceUid: target.studyInstanceUid, ...data },
  };
}
