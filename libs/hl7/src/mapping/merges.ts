import { err, ok, type Result } from '@voorrang/kernel';
import type { Hl7Message, Hl7Segment } from '../message.ts';
import { type Hl7Problem, problem } from '../problem.ts';
import { type MappedEvent, mappedEvent } from './event.ts';
import { idsOf, type PatientId, patientIds, patientWith } from './patient.ts';
import { patientMissing } from './patients.ts';
import type { MappingSettings } from './settings.ts';

/** Far above any real message; each is checked against the others. */
const maxMerges = 500;

type Mapped = Result<readonly MappedEvent[], readonly Hl7Problem[]>;
type Pair = { readonly pid: Hl7Segment | undefined; readonly mrg: Hl7Segment | undefined };
type Merge = {
  readonly pid: Hl7Segment;
  /** Which MRG it was, from 1. */
  readonly occurrence: number;
  readonly survivor: PatientId;
  readonly prior: PatientId;
};

/**
 * ADT^A18, A40, A47: in each pair of PID and MRG the ids of MRG-1 are from now on those of PID-3, authority by authority. Keyed by the survivor.
 * All merges of a message count or none. Refused by name: into itself, without an id, of an authority that
 * is not the sender's, one id into two, a circle.
 */
export function mapMerge(message: Hl7Message, settings: MappingSettings): Mapped {
  const pairs = mergePairs(message);
  const read = pairs.map((pair) => mergesOf(pair, settings));
  const merges = read.flatMap((one) => (one.ok ? one.value : []));
  if (merges.length > maxMerges) {
    return err([problem(100, { segment: 'MRG', occurrence: 1 }, `more than ${maxMerges} merges`)]);
  }
  const problems = [
    ...(pairs.length === 0 ? [patientMissing(1)] : read.flatMap((one) => (one.ok ? [] : one.error))),
    ...contradictions(merges),
    ...notCounted(settings),
  ];
  if (problems.length > 0) return err(problems);
  return ok(
    merges.map(({ pid, survivor, prior }) => {
      const data = { survivor: patientWith(pid, survivor, settings), prior };
      return mappedEvent('patient.merged', settings.keys.patient(survivor.authority, survivor.id), data, settings);
    }),
  );
}

/**
 * ADT^A37 undoes: either its two PID are one patient no more, or the id of MRG-1 stands for itself again. Two PID do not say which of them had survived, so
 * both ways are told; only the one that is in force is undone.
 */
export function mapUnmerge(message: Hl7Message, settings: MappingSettings): Mapped {
  const [first, second] = message.all('PID');
  const mrg = message.first('MRG');
  const undone: Result<readonly Merge[], readonly Hl7Problem[]> =
    mrg !== undefined || second === undefined
      ? mergesOf({ pid: first, mrg }, settings)
      : bothWays({ pid: first, mrg: second }, settings);
  const problems = [...(undone.ok ? [] : undone.error), ...notCounted(settings)];
  if (problems.length > 0 || !undone.ok) return err(problems);
  return ok(
    undone.value.map(({ survivor, prior }) => {
      const key = settings.keys.patient(survivor.authority, survivor.id);
      return mappedEvent('patient.unmerged', key, { survivor, prior }, settings);
    }),
  );
}

function bothWays(pair: Pair, settings: MappingSettings): Result<readonly Merge[], readonly Hl7Problem[]> {
  const merges = mergesOf(pair, settings);
  if (!merges.ok) return merges;
  return ok(merges.value.flatMap((one) => [one, { ...one, survivor: one.prior, prior: one.survivor }]));
}

/** The merges of one pair: every id of the second segment with the id of the same authority in PID, else the best of each. */
function mergesOf({ pid, mrg }: Pair, settings: MappingSettings): Result<readonly Merge[], readonly Hl7Problem[]> {
  const survivors = pid === undefined ? [] : idsOf(pid, settings);
  const priors = mrg === undefined ? [] : mrg.name === 'MRG' ? patientIds(mrg, 1, settings) : idsOf(mrg, settings);
  const occurrence = mrg?.occurrence ?? pid?.occurrence ?? 1;
  const priorPlace = { segment: mrg?.name ?? 'MRG', occurrence, field: mrg?.name === 'PID' ? 3 : 1 };
  const [best] = survivors;
  const [bestPrior] = priors;
  const problems: Hl7Problem[] = [];
  if (mrg !== undefined && pid === undefined) {
    problems.push(problem(100, { segment: 'MRG', occurrence }, 'no PID segment stands before it'));
  } else if (best === undefined) problems.push(patientMissing(pid?.occurrence ?? 1));
  if (bestPrior === undefined) problems.push(problem(101, priorPlace, 'the id that is merged away is needed'));
  if (pid === undefined || best === undefined || bestPrior === undefined) return err(problems);

  const byAuthority = new Map(survivors.toReversed().map((id) => [id.authority, id]));
  const matched = priors.flatMap((prior) => {
    const survivor = byAuthority.get(prior.authority);
    return survivor === undefined ? [] : [{ pid, occurrence, survivor, prior }];
  });
  const all = matched.length > 0 ? matched : [{ pid, occurrence, survivor: best, prior: bestPrior }];
  const merges = all.filter(({ survivor, prior }) => !isSame(survivor, prior));
  if (merges.length === 0) return err([problem(207, priorPlace, 'a patient cannot be merged into itself')]);
  const foreign = merges.find(({ survivor, prior }) => !(owns(settings, survivor) && owns(settings, prior)));
  if (foreign === undefined) return ok(merges);
  const pidPlace = { segment: 'PID', occurrence: pid.occurrence, field: 3 };
  const place = owns(settings, foreign.prior) ? pidPlace : priorPlace;
  return err([problem(207, place, 'the id is of an authority that this sender does not speak for')]);
}

/** A sender speaks for its own authority and for those that its entry keeps by name. */
const owns = ({ authority, keepAuthorities = [] }: MappingSettings, id: PatientId): boolean =>
  id.authority === authority || keepAuthorities.includes(id.authority);

const notCounted = ({ merges = true }: MappingSettings): readonly Hl7Problem[] =>
  merges ? [] : [problem(207, { segment: 'MSH', occurrence: 1, field: 3 }, 'merges of this sender do not count')];

/** One id into two patients, or a circle: nobody could say who is who. */
function contradictions(merges: readonly Merge[]): readonly Hl7Problem[] {
  const problems: Hl7Problem[] = [];
  const pointers = new Map<string, string>();
  for (const { occurrence, survivor, prior } of merges) {
    const [from, to] = [nameOf(prior), nameOf(survivor)];
    const place = { segment: 'MRG', occurrence, field: 1 };
    const known = pointers.get(from);
    if (known !== undefined && known !== to)
      problems.push(problem(207, place, 'the same id is merged into two patients'));
    else if (leadsTo(pointers, to, from))
      problems.push(problem(207, place, 'the merges of this message form a circle'));
    else pointers.set(from, to);
  }
  return problems;
}

function leadsTo(pointers: ReadonlyMap<string, string>, start: string, end: string): boolean {
  for (let at: string | undefined = start; at !== undefined; at = pointers.get(at)) if (at === end) return true;
  return false;
}

const nameOf = ({ id, authority }: PatientId): string => JSON.stringify([authority, id]);
const isSame = (a: PatientId, b: PatientId): boolean => a.id === b.id && a.authority === b.authority;

/** Each PID with the MRG after it; a further MRG has no PID of its own. */
function mergePairs(message: Hl7Message): readonly Pair[] {
  const pairs: { pid: Hl7Segment | undefined; mrg: Hl7Segment | undefined }[] = [];
  for (const segment of message.segments) {
    const last = pairs.at(-1);
    if (segment.name === 'PID') pairs.push({ pid: segment, mrg: undefined });
    else if (segment.name === 'MRG' && last !== undefined && last.mrg === undefined) last.mrg = segment;
    else if (segment.name === 'MRG') pairs.push({ pid: undefined, mrg: segment });
  }
  return pairs;
}
