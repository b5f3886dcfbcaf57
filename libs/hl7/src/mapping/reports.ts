import type { EventData } from '@voorrang/contracts';
import { err, ok, type Result } from '@voorrang/kernel';
import type { Hl7Message } from '../message.ts';
import { type Hl7Problem, problem } from '../problem.ts';
import { findExcessOrder } from './bounds.ts';
import { type MappedEvent, mappedEvent } from './event.ts';
import { type OrderGroup, orderGroups } from './groups.ts';
import { accessionNumbersOf, orderNumberOf, studyUidOf } from './order-facts.ts';
import { numberMissing, orderKeyOf } from './orders.ts';
import { patientReader } from './patient.ts';
import type { MappingSettings } from './settings.ts';
import { instantOf } from './timestamp.ts';

type ReportStatus = EventData<'report.issued'>['status'];

/** Table 0123. `A` is used for addenda in radiology. Statuses that say that no report exists yet (O, I, S, N) are not here. */
const byResultStatus: Readonly<Record<string, ReportStatus>> = {
  F: 'final',
  C: 'corrected',
  K: 'corrected',
  P: 'preliminary',
  R: 'preliminary',
  M: 'preliminary',
  A: 'addendum',
  X: 'cancelled',
};
const withoutReport = ['O', 'I', 'S', 'N', 'Y', 'Z'];

/** Table 0085, for messages that leave OBR-25 empty. */
const byObservation: Readonly<Record<string, ReportStatus>> = {
  F: 'final',
  C: 'corrected',
  P: 'preliminary',
  R: 'preliminary',
  S: 'preliminary',
  D: 'cancelled',
  X: 'cancelled',
};
/** The least settled observation speaks for the whole: a report is final only when all of it is. */
const leastSettledFirst: readonly ReportStatus[] = ['preliminary', 'addendum', 'corrected', 'final', 'cancelled'];

/** OBR-25, else OBX-11. `undefined`: the message says that there is no report yet; `null`: it does not say, or with an unknown code. */
export function reportStatusOf({ obr, others }: OrderGroup): ReportStatus | null | undefined {
  const code = obr?.text(25).trim().toUpperCase() ?? '';
  if (withoutReport.includes(code)) return undefined;
  if (code !== '') return byResultStatus[code] ?? null;
  const told = others
    .filter(({ name }) => name === 'OBX')
    .map((obx) => byObservation[obx.text(11).trim().toUpperCase()]);
  return leastSettledFirst.find((status) => told.includes(status)) ?? null;
}

/** ORU^R01: that a report exists, with its status, per order; never its text. Several OBR of one order give one event. */
export function mapReports(
  message: Hl7Message,
  settings: MappingSettings,
): Result<readonly MappedEvent[], readonly Hl7Problem[]> {
  const groups = orderGroups(message).filter(({ obr }) => obr !== undefined);
  if (groups.length === 0) {
    return err([problem(101, { segment: 'OBR', occurrence: 1 }, 'a report message needs an OBR segment')]);
  }
  const excess = findExcessOrder(groups);
  if (excess !== null) return err([excess]);
  const readPatient = patientReader(settings);
  const problems: Hl7Problem[] = [];
  const reports = new Map<string, EventData<'report.issued'>>();
  for (const group of groups) {
    const orderNumber = orderNumberOf(group);
    const key = orderKeyOf(orderNumber, settings);
    const status = reportStatusOf(group);
    if (key === null) problems.push(numberMissing(group));
    else if (status === null) {
      const place = { segment: 'OBR', occurrence: group.obr?.occurrence ?? 1, field: 25 };
      problems.push(problem(103, place, 'neither OBR-25 nor OBX-11 gives a known result status'));
    } else if (status !== undefined) {
      const known = reports.get(key);
      reports.set(key, {
        orderNumber,
        accessionNumbers: accessionNumbersOf(message, group, settings),
        studyInstanceUid: studyUidOf(message, group, settings) ?? known?.studyInstanceUid ?? null,
        patient: readPatient(group.pid),
        status: known === undefined ? status : lessSettled(known.status, status),
        issuedAt: instantOf(group.obr?.text(22) ?? '', settings.timeZone),
      });
    }
  }
  if (problems.length > 0) return err(problems);
  return ok([...reports].map(([key, data]) => mappedEvent('report.issued', key, data, settings)));
}

const lessSettled = (a: ReportStatus, b: ReportStatus): ReportStatus =>
  leastSettledFirst.indexOf(a) <= leastSettledFirst.indexOf(b) ? a : b;
