import type { EventData, EventType, KnownEvent, Patient } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import type { StudyDocument } from '../src/domain/index.ts';
import { type Draft, draft, keys, monday, orderData, orderKeyOf, runData, seriesData, stamped } from './facts.ts';
import { allDocuments, contextAt, folded } from './projecting.ts';
import { handMadeProtocol } from './protocols.ts';

export const minute = 60_000;
export const at = (minutes: number): EpochMs => monday + minutes * minute;
export const jansen: Patient = { id: 'P1', authority: 'EX', name: 'Jansen Pieter', birthDate: '1950-03-01', sex: 'M' };
export const idOf = (uid: string, site = 'EX'): string => keys.study(site, uid);

/** Facts told minute by minute; `studies(now)` is the worklist they come to. */
export class Story {
  readonly drafts: Draft[] = [];

  tell<T extends EventType>(minutes: number, type: T, key: string, data: EventData<T>, site = 'EX'): this {
    this.drafts.push(draft(type, at(minutes), 'test', site, key, data));
    return this;
  }
  order(minutes: number, filler: string, given: Partial<EventData<'order.placed'>> = {}, site = 'EX'): this {
    const data = orderData({ orderNumber: { filler, placer: null }, accessionNumbers: [`A${filler}`], ...given });
    return this.tell(minutes, 'order.placed', orderKeyOf(site, filler, null), data, site);
  }
  cancel(minutes: number, filler: string): this {
    const data = { orderNumber: { filler, placer: null }, accessionNumbers: [] };
    return this.tell(minutes, 'order.cancelled', orderKeyOf('EX', filler, null), data);
  }
  report(minutes: number, filler: string, status: EventData<'report.issued'>['status']): this {
    const data = {
      orderNumber: { filler, placer: null },
      accessionNumbers: [`A${filler}`],
      studyInstanceUid: null,
      patient: null,
      status,
      issuedAt: null,
    };
    return this.tell(minutes, 'report.issued', orderKeyOf('EX', filler, null), data);
  }
  images(minutes: number, uid: string, given: Partial<EventData<'series.observed'>> = {}, site = 'EX'): this {
    const data = seriesData({ studyInstanceUid: uid, seriesInstanceUid: `${uid}.1`, patient: jansen, ...given });
    return this.tell(minutes, 'series.observed', idOf(uid, site), data, site);
  }
  run(
    minutes: number,
    uid: string,
    resultId: string,
    outcome: 'positive' | 'negative' | 'inconclusive' | 'failed',
    given: Partial<EventData<'run.recorded'>['run']> = {},
    shadow = false,
  ): this {
    const failed = outcome === 'failed';
    const run = {
      resultId,
      studyInstanceUid: uid,
      status: failed ? ('failed' as const) : ('completed' as const),
      ...(failed ? { reason: 'motion' } : {}),
      findings: failed ? [] : [{ finding: 'ICH', outcome, confidence: 0.9 }],
      ...given,
    };
    return this.tell(minutes, 'run.recorded', idOf(uid), runData(run, shadow));
  }
  withdraw(minutes: number, uid: string, resultId: string): this {
    return this.tell(minutes, 'run.withdrawn', idOf(uid), { resultId, studyInstanceUid: uid, reason: 'wrong study' });
  }
  expected(minutes: number, uid: string, version = 1, type: 'run.expected' | 'run.overdue' = 'run.expected'): this {
    const awaited = {
      studyInstanceUid: uid,
      studyVersion: version,
      detector: 'det-ich',
      findings: ['ICH'],
      dueAt: at(minutes + 10),
    };
    return this.tell(minutes, type, idOf(uid), awaited);
  }
  read(minutes: number, uid: string): this {
    return this.tell(minutes, 'study.read', idOf(uid), { studyInstanceUid: uid, by: 'dr.a' });
  }
  visit(minutes: number, visit: Partial<EventData<'visit.changed'>['visit']>, discharged = false): this {
    const full = { number: null, patientClass: null, location: null, ...visit };
    return this.tell(minutes, 'visit.changed', keys.patient('EX', 'P1'), { patient: jansen, visit: full, discharged });
  }
  merge(minutes: number, survivor: string, prior: string): this {
    const data = {
      survivor: { id: survivor, authority: 'EX', name: null, birthDate: null, sex: null },
      prior: { id: prior, authority: 'EX' },
    };
    return this.tell(minutes, 'patient.merged', keys.patient('EX', survivor), data);
  }

  get events(): KnownEvent[] {
    return stamped(this.drafts);
  }
  documents(now: number): ReadonlyMap<string, StudyDocument> {
    return allDocuments(folded(this.events), contextAt(at(now), [handMadeProtocol('c'.repeat(64))]));
  }
  /** The row of a study; fails the test when there is none. */
  row(uid: string, now = 600): StudyDocument['row'] {
    return this.document(uid, now).row;
  }
  document(uid: string, now = 600): StudyDocument {
    const found = this.documents(now).get(idOf(uid));
    if (found === undefined) throw new Error(`no document of study ${uid}`);
    return found;
  }
  rowsOf(list: 'reading' | 'expected' | 'done', now = 600): StudyDocument['row'][] {
    return [...this.documents(now).values()]
      .filter(({ row }) => row.list === list)
      .sort((a, b) => a.key.score - b.key.score || (a.key.member < b.key.member ? -1 : 1))
      .map(({ row }) => row);
  }
}
