import type { Patient } from '@voorrang/contracts';
import type { EpochMs } from '@voorrang/kernel';
import { draft, keys, orderKeyOf, seriesData } from './facts.ts';
import { type Making, minute, type OrderPlan, type StudyPlan } from './histories.ts';

export function addImages(making: Making, plan: StudyPlan): void {
  const { random, drafts } = making;
  const count = random.between(1, 3);
  for (let n = 0; n < count; n += 1) addSeries(making, plan, n, plan.at + random.between(0, 5) * minute);
  const complete = plan.at + 8 * minute;
  drafts.push(
    draft('study.settled', complete, 'assembler', plan.site, plan.id, {
      studyInstanceUid: plan.uid,
      version: 1,
      by: 'quiet',
      imagesCompleteAt: plan.at + 7 * minute,
      settledAt: complete,
      modalities: ['CT'],
      bodyParts: ['HEAD'],
      seriesInstanceUids: [],
    }),
  );
}

function addSeries(making: Making, plan: StudyPlan, n: number, from: EpochMs): void {
  const { random, drafts, patients } = making;
  const seriesInstanceUid = `${plan.uid}.${n}`;
  const facts = random.between(1, 3);
  for (let m = 0; m < facts; m += 1) {
    const instances = Array.from({ length: random.between(1, 4) }, () => ({
      sopInstanceUid: `${seriesInstanceUid}.${random.between(1, 9)}`,
      digest: '00',
    }));
    const data = seriesData({
      studyInstanceUid: plan.uid,
      seriesInstanceUid,
      instances,
      modality: random.pick(['CT', 'CT', null]),
      ...patientOfImages(
        making,
        random.chance(0.05) ? random.pick(patients) : random.chance(0.9) ? plan.patient : null,
      ),
      accessionNumbers: random.chance(0.9) ? plan.accessionNumbers.slice(0, random.between(1, 2)) : [],
      studyDescription: random.pick(['CT brain', 'CT head', null]),
      bodyPart: random.pick(['HEAD', null]),
      acquiredAt: random.pick(['20261123080000', '20261124120000', null]),
    });
    drafts.push(draft('series.observed', from + m * random.between(0, 90) * 1000, 'dicom', plan.site, plan.id, data));
  }
}

/** Some modalities send no issuer: the authority is the default of the sender, right or wrong. */
function patientOfImages({ random, kinds }: Making, patient: Patient | null) {
  if (patient === null || !random.chance(0.25)) return { patient };
  kinds.add('assumed-authority');
  const sent = { ...patient, authority: random.pick(['EX', 'WY', 'DICOM']), birthDate: null };
  return { patient: sent, patientAuthorityAssumed: true };
}

/** What people do with a study, its reports, and what comes after. */
export function addReading(making: Making, plan: StudyPlan, orders: readonly OrderPlan[]): void {
  const { random, kinds, drafts } = making;
  const study = { studyInstanceUid: plan.uid };
  const by = random.pick(['dr.a', 'dr.b']);
  const push = (...args: Parameters<typeof draft>): number => drafts.push(draft(...args));
  const after = (low: number, high: number): EpochMs => plan.at + random.between(low, high) * minute;
  if (random.chance(0.4)) {
    kinds.add('claim');
    const at = after(10, 60);
    push('study.claimed', at, 'reading', plan.site, plan.id, { ...study, by, until: at + 30 * minute, fence: 1 });
    if (random.chance(0.5))
      push('study.released', at + minute, 'reading', plan.site, plan.id, { ...study, by, fence: 1 });
    if (random.chance(0.3)) {
      const until = at + 900 * minute;
      push('study.claimed', at + 2 * minute, 'reading', plan.site, plan.id, { ...study, by: 'dr.c', until, fence: 2 });
    }
  }
  if (random.chance(0.35)) {
    kinds.add('raise');
    const level = random.pick(['acute', 'emergency', 'urgent', 'routine'] as const);
    const raised = { ...study, by, reason: 'phone call', class: level };
    push('study.raised', after(1, 90), 'reading', plan.site, plan.id, raised);
    if (random.chance(0.3))
      push('study.raised', after(1, 90), 'reading', plan.site, plan.id, { ...raised, class: null });
  }
  if (random.chance(0.2)) {
    const until = random.chance(0.7) ? after(60, 2000) : null;
    push('study.held', after(1, 90), 'reading', plan.site, plan.id, { ...study, by, reason: 'awaits prior', until });
  }
  if (random.chance(0.35)) {
    kinds.add('read');
    push('study.read', after(-5, 240), 'reading', plan.site, plan.id, { ...study, by });
  }
  for (const order of orders) if (random.chance(0.35)) addReports(making, plan, order);
  if (!plan.withoutImages && random.chance(0.35)) {
    kinds.add('late-series');
    addSeries(making, plan, random.pick([1, 7]), after(30, 400));
  }
  if (random.chance(0.15))
    push('evidence.received', after(0, 60), 'dicom', plan.site, plan.id, {
      ...study,
      seriesInstanceUid: `${plan.uid}.50`,
      sopInstanceUid: `${plan.uid}.50.1`,
      sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
      digest: '00',
      modality: 'SR',
      manufacturer: null,
      sender: { callingAe: 'CT', calledAe: 'VOORRANG' },
    });
  if (random.chance(0.25)) addAlert(making, plan);
}

function addReports({ random, kinds, drafts }: Making, plan: StudyPlan, order: OrderPlan): void {
  kinds.add('report');
  const statuses = random.pick([
    ['final'],
    ['final'],
    ['preliminary', 'final'],
    ['preliminary'],
    ['final', 'addendum'],
    ['final', 'corrected'],
    ['final', 'cancelled'],
    ['addendum'],
  ] as const);
  let at = plan.at + random.between(-5, 300) * minute;
  for (const status of statuses) {
    const accessionNumbers = random.chance(0.8) ? [order.accession] : [];
    drafts.push(
      draft('report.issued', at, 'hl7', order.site, orderKeyOf(order.site, order.filler, order.placer), {
        orderNumber: { filler: order.filler, placer: order.placer },
        accessionNumbers,
        studyInstanceUid: random.chance(0.2) ? plan.uid : null,
        patient: null,
        status,
        issuedAt: at,
      }),
    );
    at += random.between(1, 60) * minute;
  }
}

function addAlert({ random, drafts }: Making, plan: StudyPlan): void {
  const alertId = keys.of('alert', plan.id);
  const alert = {
    alertId,
    team: 'stroke',
    severity: 'high' as const,
    episode: keys.of('episode', plan.id),
    studies: [plan.id],
    findings: [],
    state: 'open' as const,
  };
  const at = plan.at + random.between(5, 60) * minute;
  drafts.push(
    draft('alert.raised', at, 'notifier', plan.site, alertId, { ...alert, steps: [{ index: 0, dueAt: at }] }),
  );
  drafts.push(
    draft('alert.acknowledged', at + minute, 'notifier', plan.site, alertId, { ...alert, by: 'n1', note: null }),
  );
}
