import type { StudyDetail } from '@voorrang/contracts';
import { compareStamps } from '@voorrang/kernel';
import { type Expectation, expectationsOf } from './displays.ts';
import type { Fact } from './facts.ts';
import { imageCount } from './image-count.ts';
import type { OrderView } from './order-view.ts';
import type { RunState } from './runs.ts';
import type { OrderEntity, StudyEntity } from './state.ts';

export type Detail = Omit<StudyDetail, 'row'>;
export type LinkedOrder = { readonly order: OrderEntity; readonly view: OrderView };

export const orderDetails = (orders: readonly LinkedOrder[]): Detail['orders'] =>
  orders
    .filter(({ view }) => view.known || view.cancelledAt !== null)
    .map(({ order, view }) => ({
      orderId: order.key,
      fillerNumber: view.filler,
      placerNumber: view.placer,
      accessionNumbers: [...view.accessionNumbers],
      procedure: view.procedure,
      indication: view.indication,
      priority: view.priority,
      status: view.status,
      cancelled: view.cancelledAt !== null,
      strokeCode: view.strokeCode,
    }));

export const seriesDetails = (study: StudyEntity): Detail['series'] =>
  [...study.series.values()]
    .sort((a, b) => compareStamps(a.first, b.first) || (a.uid < b.uid ? -1 : 1))
    .map((series) => ({
      seriesInstanceUid: series.uid,
      modality: series.modality?.value ?? null,
      description: series.description?.value ?? null,
      instanceCount: imageCount(series),
      firstAt: series.first.observedAt,
      lastAt: series.last.observedAt,
    }));

export function runDetails(study: StudyEntity, runs: readonly RunState[]): Detail['runs'] {
  const verdicts = new Map<string, Fact<'verdict.given'>>();
  for (const fact of study.facts)
    if (fact.type === 'verdict.given') verdicts.set(`${fact.data.resultId}|${fact.data.finding}|${fact.data.by}`, fact);
  return runs.map(({ fact, run, withdrawn, replacedBy }) => ({
    resultId: run.resultId,
    detector: run.detector.id,
    version: run.detector.version,
    status: run.status,
    findings: [...run.findings],
    recordedAt: fact.stamp.observedAt,
    withdrawn: withdrawn !== null,
    replacedBy,
    shadow: fact.data.shadow,
    verdicts: [...verdicts.values()]
      .filter(({ data }) => data.resultId === run.resultId)
      .sort((a, b) => compareStamps(a.stamp, b.stamp))
      .map(({ data, stamp }) => ({
        finding: data.finding,
        verdict: data.verdict,
        by: data.by,
        at: stamp.observedAt,
      })),
  }));
}

/** What the newest awaited version waits, or waited, for. */
export function expectedDetails(study: StudyEntity): Detail['expectedRuns'] {
  const newest = new Map<string, Expectation>();
  for (const one of expectationsOf(study)) newest.set(one.detector, one);
  return [...newest.values()].map(({ detector, findings, dueAt, overdue }) => ({
    detector,
    findings: [...findings],
    dueAt,
    overdue,
  }));
}

export const reportDetails = (orders: readonly LinkedOrder[]): Detail['reports'] =>
  orders
    .flatMap(({ view }) => view.reports)
    .sort((a, b) => compareStamps(a.stamp, b.stamp))
    .map(({ status, stamp }) => ({ status, at: stamp.observedAt }));
