import type { EventData, Patient } from '@voorrang/contracts';
import { announced, draft, keys } from './facts.ts';
import { type Making, minute, type StudyPlan } from './histories.ts';

type Announced = EventData<'images.announced'>;

/** Announcements of a PACS and procedure steps of a modality: before, with, after or without the images of the study. */
export function addAnnounced(making: Making, plan: StudyPlan): void {
  const { random } = making;
  if (random.chance(plan.withoutImages ? 0.8 : 0.3)) addNotifications(making, plan);
  if (random.chance(0.4)) addSteps(making, plan);
  if (random.chance(0.2)) addConflict(making, plan);
}

function addNotifications({ random, drafts, kinds }: Making, plan: StudyPlan): void {
  kinds.add(plan.withoutImages ? 'announced-only' : 'announced');
  for (let n = random.between(1, 3); n > 0; n -= 1) {
    const at = plan.at + random.between(-10, 300) * minute;
    const fact = announced(plan.uid, {
      by: random.pick(['ian', 'pacs-comparison'] as const),
      status: random.pick(['available', 'available', 'available', 'unavailable'] as const),
      series: [seriesOf(plan, random.between(0, 3), random)],
      accessionNumbers: random.chance(0.2) ? [...plan.accessionNumbers] : [],
    });
    drafts.push(draft('images.announced', at, 'dicom', plan.site, plan.id, fact));
  }
}

function seriesOf(plan: StudyPlan, n: number, random: Making['random']): Announced['series'][number] {
  const seriesInstanceUid = `${plan.uid}.${n}`;
  const named = random.chance(0.8);
  return {
    seriesInstanceUid,
    modality: random.pick(['CT', null]),
    description: random.pick(['thin', null]),
    protocol: null,
    instances: named
      ? Array.from({ length: random.between(1, 5) }, () => ({
          sopInstanceUid: `${seriesInstanceUid}.${random.between(1, 12)}`,
          sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
        }))
      : [],
    instanceCount: named ? null : random.between(0, 6),
    retrieveAe: null,
  };
}

function addSteps({ random, drafts, kinds, patients }: Making, plan: StudyPlan): void {
  kinds.add('procedure-step');
  for (let n = random.between(1, 2); n > 0; n -= 1) {
    const begun = plan.at + random.between(-20, 5) * minute;
    const ended = begun + random.between(1, 60) * minute;
    const end = random.pick(['completed', 'completed', 'discontinued', null] as const);
    if (end === 'discontinued') kinds.add('step-discontinued');
    if (end === null) kinds.add('step-never-ends');
    const named: Patient | null = random.chance(0.1) ? random.pick(patients) : plan.patient;
    const told = {
      by: 'mpps' as const,
      procedureStepUid: `${plan.uid}.9.${n}`,
      modality: 'CT',
      accessionNumbers: [...plan.accessionNumbers, ...(random.chance(0.2) ? ['A10'] : [])],
      studyDescription: random.pick(['CT brain', null]),
      ...(random.chance(0.3)
        ? { patient: { ...named, authority: 'DICOM' } as Patient, patientAuthorityAssumed: true }
        : { patient: named }),
    };
    const push = (at: number, given: Pick<Announced, 'status'> & Partial<Pick<Announced, 'series'>>): void => {
      drafts.push(
        draft('images.announced', at, 'ingest-1', plan.site, plan.id, announced(plan.uid, { ...told, ...given })),
      );
    };
    push(begun, { status: 'in-progress' });
    if (random.chance(0.3)) push(begun + minute, { status: 'in-progress', series: [seriesOf(plan, 0, random)] });
    const series = random.chance(0.8) ? [seriesOf(plan, 0, random), seriesOf(plan, 1, random)] : [];
    if (end !== null) push(ended, { status: end, series });
  }
}

/** What the assembler tells: growing counts of one contradiction, and the other site of a UID. */
function addConflict({ random, drafts, kinds }: Making, plan: StudyPlan): void {
  kinds.add('conflict');
  const two = random.chance(0.3);
  for (let n = two ? 1 : random.between(1, 3); n > 0; n -= 1) {
    const at = plan.at + random.between(1, 200) * minute;
    drafts.push(
      draft('study.conflicted', at, 'ingest-1', plan.site, plan.id, {
        studyInstanceUid: plan.uid,
        kind: two ? 'two-sites' : 'instance-content',
        otherSite: two ? 'NORTH' : null,
        sopInstanceUid: two ? null : `${plan.uid}.0.${n}`,
        count: two ? 1 : random.between(1, 5),
        foundAt: at,
      }),
    );
  }
}

/** Merges that are undone, some of them before they were made or under another survivor than the pointer. */
export function addUnmerges({ random, drafts, kinds, patients }: Making): void {
  const merges = drafts.filter(({ type }) => type === 'patient.merged').map(({ data, at }) => ({ data, at }));
  for (const { data, at } of merges) {
    if (!random.chance(0.7)) continue;
    kinds.add('unmerge');
    const { survivor, prior } = data as EventData<'patient.merged'>;
    const named = random.chance(0.8) ? survivor : random.pick(patients);
    drafts.push(
      draft(
        'patient.unmerged',
        at + random.between(-30, 120) * minute,
        'hl7-2',
        'EX',
        keys.patient(named.authority, named.id),
        {
          survivor: { id: named.id, authority: named.authority },
          prior: { id: prior.id, authority: prior.authority },
        },
      ),
    );
  }
}
