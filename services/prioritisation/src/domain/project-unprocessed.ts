import type { Patient } from '@voorrang/contracts';
import { type EpochMs, hours, minutes } from '@voorrang/kernel';
import type { ProjectionContext } from './context.ts';
import type { Projection, StudyDocument } from './document.ts';
import { hasRow } from './runs.ts';
import { memberOf, scoreOf } from './sort-key.ts';
import type { OrderEntity, StudyEntity, WorklistState } from './state.ts';

/** After this it is tried again: what was wrong may have been a matter of time. */
const againAfter = minutes(1);
const doneFor = hours(72);

type Known = Pick<StudyDocument['row'], 'site' | 'list' | 'studyId' | 'studyInstanceUid' | 'modality'> & {
  readonly patient: Patient | null;
  readonly receivedAt: EpochMs;
};

/**
 * The document of a study that `projectStudy` fails on: what is known without any rule, at the safe place, so that it stays on the list. Rests on nothing that
 * may be what failed: no rules, links, calendars, search tokens or texts. `null` when nothing is known that would be a row.
 */
export function projectUnprocessed(state: WorklistState, id: string, context: ProjectionContext): Projection | null {
  const order = state.orders.get(state.byExpectedId.get(id) ?? '');
  const study = state.studies.get(id);
  const known = order !== undefined ? expectedOf(state, order) : study === undefined ? null : studyOf(state, study);
  if (known === null) return null;
  const readAt = known.list === 'done' ? lastRead(study) : null;
  if (readAt !== null && readAt + doneFor <= context.now) return null;
  return { document: documentOf(known, readAt, context), changesAt: context.now + againAfter };
}

function expectedOf(state: WorklistState, order: OrderEntity): Known | null {
  const studies = [...order.named].flatMap((id) => state.studies.get(id) ?? []);
  if (studies.some((study) => hasRow(study))) return null;
  const receivedAt = order.facts[0]?.stamp.observedAt ?? 0;
  const { site, expectedId } = order;
  return {
    site,
    list: 'expected',
    studyId: expectedId,
    studyInstanceUid: null,
    modality: null,
    patient: null,
    receivedAt,
  };
}

function studyOf(state: WorklistState, study: StudyEntity): Known {
  const { id, site, uid } = study;
  const series = [...study.series.values()];
  const instants = [...series.map(({ first }) => first), ...study.facts.map(({ stamp }) => stamp)].map(
    ({ observedAt }) => observedAt,
  );
  const parkedAt = [...state.parked.values()].find(({ key }) => key === id)?.at;
  const newestImage = Math.max(0, ...series.map(({ last }) => last.observedAt));
  const begun = hasRow(study) || parkedAt !== undefined;
  return {
    site,
    list: !begun ? 'expected' : (lastRead(study) ?? -1) >= newestImage ? 'done' : 'reading',
    studyId: id,
    studyInstanceUid: uid,
    modality: series.find(({ modality }) => modality !== null)?.modality?.value ?? null,
    patient: series.find(({ patient }) => patient !== null)?.patient?.value ?? null,
    receivedAt: Math.min(...instants, parkedAt ?? Number.MAX_SAFE_INTEGER),
  };
}

function lastRead(study: StudyEntity | undefined): EpochMs | null {
  const reads = study?.facts.filter(({ type }) => type === 'study.read') ?? [];
  return reads.at(-1)?.stamp.observedAt ?? null;
}

function documentOf(known: Known, readAt: EpochMs | null, { now, current }: ProjectionContext): StudyDocument {
  const { patient, receivedAt, ...named } = known;
  const waits = known.list !== 'expected';
  const { policy } = current;
  const { target } = policy.classes[policy.unscored.class];
  // A calendar is not asked; where the wait is one of working days it is due at once.
  const dueAt = receivedAt + ('ms' in target ? target.ms : 0);
  const key = { score: scoreOf(policy.unscored.band, dueAt), member: memberOf(receivedAt, known.studyId) };
  const overdue = known.list === 'reading' && dueAt <= now;
  return {
    row: {
      ...named,
      accessionNumbers: [],
      patient: {
        id: patient?.id ?? null,
        authority: patient?.authority ?? null,
        name: patient?.name ?? null,
        birthDate: patient?.birthDate ?? null,
        sex: patient?.sex ?? null,
      },
      bodyParts: [],
      description: null,
      location: null,
      patientClass: null,
      orderPriority: null,
      urgencyClass: policy.unscored.class,
      band: policy.unscored.band,
      dueAt: waits ? dueAt : null,
      maxWaitAt: waits ? dueAt : null,
      reasons: [
        {
          code: 'unprocessed',
          ruleId: 'unscored',
          text: {
            en: 'Could not be processed: shown at the safe place with what is known',
            nl: 'Kon niet worden verwerkt: getoond op de veilige plaats met wat bekend is',
          },
        },
      ],
      ai: [],
      claim: null,
      settled: null,
      imagesCompleteAt: null,
      receivedAt: waits ? receivedAt : null,
      flags: ['unscored', 'unprocessed', ...(overdue ? (['overdue'] as const) : [])],
      policyHash: current.hash,
    },
    key,
    baseKey: key,
    searchTokens: [],
    detail: {
      orders: [],
      series: [],
      runs: [],
      expectedRuns: [],
      reports: [],
      clocks: {
        firstObservedAt: waits ? receivedAt : null,
        imagesCompleteAt: null,
        firstRunReceivedAt: null,
        dueAt: waits ? dueAt : null,
        maxWaitAt: waits ? dueAt : null,
        readAt,
      },
      consultPaths: [],
      conflicts: [],
    },
    timeline: [],
  };
}
