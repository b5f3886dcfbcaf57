import { err, ok, type Result } from '@voorrang/kernel';
import type { Hl7Message, Hl7Segment } from '../message.ts';
import { type Hl7Problem, problem } from '../problem.ts';
import { type MappedEvent, mappedEvent } from './event.ts';
import { patientIds, patientOf } from './patient.ts';
import type { MappingSettings } from './settings.ts';
import { visitOf } from './visit.ts';

type Mapped = Result<readonly MappedEvent[], readonly Hl7Problem[]>;

const patientMissing = (occurrence: number): Hl7Problem =>
  problem(101, { segment: 'PID', occurrence, field: 3 }, 'a usable patient id is needed');

/** ADT^A01/A02/A03/A04/A08/A13: who the patient is and, where PV1 says anything, where. A03 discharges, every other one of these does not. */
export function mapAdmission(message: Hl7Message, settings: MappingSettings): Mapped {
  const patient = patientOf(message.first('PID'), settings);
  if (patient === null) return err([patientMissing(1)]);
  const key = settings.keys.patient(patient.authority, patient.id);
  const updated = mappedEvent('patient.updated', key, { patient }, settings);
  const visit = visitOf(message.first('PV1'));
  if (visit === null) return ok([updated]);
  const { id, authority } = patient;
  const discharged = message.header.triggerEvent === 'A03';
  return ok([updated, mappedEvent('visit.changed', key, { patient: { id, authority }, visit, discharged }, settings)]);
}

/** ADT^A40: each PID with the MRG after it. Keyed by the survivor. Merging a patient into itself is refused. */
export function mapMerge(message: Hl7Message, settings: MappingSettings): Mapped {
  const pairs = mergePairs(message);
  if (pairs.length === 0) return err([patientMissing(1)]);
  const problems: Hl7Problem[] = [];
  const events: MappedEvent[] = [];
  for (const { pid, mrg } of pairs) {
    const survivor = patientOf(pid, settings);
    const priors = mrg === undefined ? [] : patientIds(mrg, 1, settings);
    // Both ids of one authority belong together when a patient has several.
    const prior = priors.find(({ authority }) => authority === survivor?.authority) ?? priors[0];
    if (survivor === null) problems.push(patientMissing(pid.occurrence));
    else if (prior === undefined) {
      const place = { segment: 'MRG', occurrence: mrg?.occurrence ?? pid.occurrence, field: 1 };
      problems.push(problem(101, place, 'the id that is merged away is needed'));
    } else if (prior.id === survivor.id && prior.authority === survivor.authority) {
      const place = { segment: 'MRG', occurrence: mrg?.occurrence ?? 1, field: 1 };
      problems.push(problem(207, place, 'a patient cannot be merged into itself'));
    } else {
      const key = settings.keys.patient(survivor.authority, survivor.id);
      events.push(mappedEvent('patient.merged', key, { survivor, prior }, settings));
    }
  }
  return problems.length > 0 ? err(problems) : ok(events);
}

function mergePairs(
  message: Hl7Message,
): readonly { readonly pid: Hl7Segment; readonly mrg: Hl7Segment | undefined }[] {
  const pairs: { pid: Hl7Segment; mrg: Hl7Segment | undefined }[] = [];
  for (const segment of message.segments) {
    if (segment.name === 'PID') pairs.push({ pid: segment, mrg: undefined });
    const last = pairs.at(-1);
    if (segment.name === 'MRG' && last !== undefined && last.mrg === undefined) last.mrg = segment;
  }
  return pairs;
}
