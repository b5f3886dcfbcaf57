import { ack, type EventHandler, type HandlerResult, skip } from '@voorrang/bus';
import { type EventOf, type KnownEvent, type NewEvent, tellsOf } from '@voorrang/contracts';
import { decideExpected } from '../domain/decide-expected.ts';
import { evolveOrder, factsOf, type KnownStudy } from '../domain/known-study.ts';
import { ordersInForce } from '../domain/order-family.ts';
import { stateInForce } from '../domain/registry.ts';
import { type Deps, eventOf } from './deps.ts';
import type { ResultsTransaction, StudyRecord } from './ports.ts';

/** Learns what studies and orders are, and expects runs of the detectors that apply once a study is settled. One transaction a batch. */
export const onFacts =
  (deps: Deps): EventHandler =>
  async (events) => {
    if (events.length === 0) return ack();
    const results = await deps.store.transaction(async (tx) => {
      const answers: HandlerResult[] = [];
      for (const event of events) answers.push(await onFact(deps, tx, event));
      return answers;
    });
    deps.committed();
    return results;
  };

async function onFact(deps: Deps, tx: ResultsTransaction, event: KnownEvent): Promise<HandlerResult> {
  switch (event.type) {
    case 'series.observed':
    case 'images.announced':
      await onImages(deps, tx, event);
      return ack();
    case 'study.settled':
      await onStudySettled(deps, tx, event);
      return ack();
    case 'order.placed':
    case 'order.changed':
      if (!(await tx.seenBefore(event.id))) await onOrder(deps, tx, event);
      return ack();
    case 'order.cancelled':
      if (!(await tx.seenBefore(event.id))) await tx.cancelOrder(event.key);
      return ack();
    default:
      return skip('not needed to expect runs');
  }
}

const unknownStudy: KnownStudy = {
  description: '',
  accessionNumbers: [],
  modalities: [],
  bodyParts: [],
  version: 0,
  imagesCompleteAt: 0,
};

/** What images say of their study, be they here or only announced. Idempotent: a union of accession numbers, and the first description. */
async function onImages(
  deps: Deps,
  tx: ResultsTransaction,
  event: EventOf<'series.observed'> | EventOf<'images.announced'>,
): Promise<void> {
  const { site, key: studyId, data } = event;
  const stored = await tx.study(studyId);
  const known = stored?.known ?? unknownStudy;
  const fresh = data.accessionNumbers.filter((number) => number !== '' && !known.accessionNumbers.includes(number));
  const description = known.description === '' ? (data.studyDescription ?? '') : known.description;
  if (stored !== undefined && fresh.length === 0 && description === known.description) return;
  const next = { ...known, description, accessionNumbers: [...known.accessionNumbers, ...fresh] };
  const links = [studyId, ...fresh.map((number) => accessionLink(deps, site, number))];
  const study = { studyId, site, studyInstanceUid: data.studyInstanceUid, known: next };
  await tx.saveStudy(study, links);
  if (known.version > 0) await expectRuns(deps, tx, study);
}

async function onStudySettled(deps: Deps, tx: ResultsTransaction, event: EventOf<'study.settled'>): Promise<void> {
  const { site, key: studyId, data } = event;
  const known = (await tx.study(studyId))?.known ?? unknownStudy;
  if (data.version <= known.version) return;
  const { modalities, bodyParts, version, imagesCompleteAt, studyInstanceUid } = data;
  const study = {
    studyId,
    site,
    studyInstanceUid,
    known: { ...known, modalities, bodyParts, version, imagesCompleteAt },
  };
  await tx.saveStudy(study, [studyId]);
  await expectRuns(deps, tx, study);
}

async function onOrder(
  deps: Deps,
  tx: ResultsTransaction,
  event: EventOf<'order.placed'> | EventOf<'order.changed'>,
): Promise<void> {
  const { site, key: orderId, data } = event;
  const told = {
    priority: data.priority,
    strokeCode: data.strokeCode,
    indication: data.indication,
    procedureCode: data.procedure?.code ?? null,
    procedure: data.procedure?.text ?? null,
    patientClass: data.visit?.patientClass ?? null,
    location: data.visit?.location ?? null,
    birthDate: data.patient?.birthDate ?? null,
    sex: data.patient?.sex ?? null,
  };
  const known = evolveOrder(await tx.order(orderId), told, event.stamp);
  const links = data.accessionNumbers
    .filter((number) => number !== '')
    .map((number) => accessionLink(deps, site, number));
  if (data.studyInstanceUid !== null) links.push(deps.keys.study(site, data.studyInstanceUid));
  const { placer } = data.orderNumber;
  const takesOver = tellsOf({ placer, filler: null }, data.orderNumber);
  const placerId = takesOver ? deps.keys.order(site, `placer:${placer}`) : null;
  await tx.saveOrder({ orderId, site, known, placerId }, [...new Set(links)]);
  for (const study of await tx.studiesOf(orderId)) {
    if (study.known.version > 0) await expectRuns(deps, tx, study);
  }
}

const accessionLink = ({ keys }: Deps, site: string, number: string): string => keys.of('accession', site, number);

/**
 * Stores one due row for each detector that owes a run on this version and is not expected yet, and says so; a run that is there already is no news.
 * A run received before the last image of a later version never saw all of it, so it does not answer for that version.
 */
async function expectRuns(deps: Deps, tx: ResultsTransaction, study: StudyRecord): Promise<void> {
  const { site, studyId, studyInstanceUid, known } = study;
  const { registry, logger, clock, localHour } = deps;
  const orders = ordersInForce(await tx.ordersOf(studyId));
  const states = await tx.detectorStates();
  const facts = factsOf(known, orders, localHour(site, known.imagesCompleteAt) ?? 0);
  const { expected, failed } = decideExpected(site, facts, known.imagesCompleteAt, registry, (detector) =>
    stateInForce(detector, site, states),
  );
  if (failed.length > 0) logger.warn('intended use could not be evaluated', { site, studyId, detectors: failed });
  const since = known.version === 1 ? null : known.imagesCompleteAt;
  const said: NewEvent[] = [];
  for (const { detector, findings, dueAt } of expected) {
    const awaited = { studyInstanceUid, studyVersion: known.version, detector, findings: [...findings], dueAt };
    const arrived = await tx.hasRun(studyId, detector, since);
    const added = await tx.addExpectation({ ...awaited, studyId, site, since }, arrived ? 'arrived' : 'waiting');
    if (added && !arrived) said.push(eventOf(deps, 'run.expected', site, studyId, awaited));
  }
  await tx.append(said, clock.now());
}
