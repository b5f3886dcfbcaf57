import type { Detail } from './detail.ts';
import type { PatientShown } from './patient-shown.ts';
import { hasRow } from './runs.ts';
import type { StudyEntity, WorklistState } from './state.ts';

type Conflict = Detail['conflicts'][number];

/**
 * In what the facts of a study contradict each other. Two contents of an instance are told by the assembler, which alone keeps digests. Two patients are decided
 * here and nowhere else, because here merges are known: a merge resolves them, its undoing brings them back. Two sites are seen here at once and told by the
 * assembler as well; both say the same.
 */
export function conflictsOf(
  state: WorklistState,
  study: StudyEntity | null,
  patient: Pick<PatientShown, 'conflict'>,
): Conflict[] {
  const sites = study === null ? [] : twinSites(state, study);
  if (!patient.conflict && sites.length === 0 && (study === null || study.conflicts.size === 0)) return [];
  const found = new Map<string, Conflict>();
  if (patient.conflict)
    found.set('two-patients', { kind: 'two-patients', otherSite: null, count: null, foundAt: null });
  for (const site of sites)
    found.set(`two-sites|${site}`, { kind: 'two-sites', otherSite: site, count: null, foundAt: null });
  for (const [key, { first, most }] of study?.conflicts ?? []) {
    const { kind, otherSite } = first.data;
    // A merge may have resolved it since.
    if (kind === 'two-patients') continue;
    const count = kind === 'instance-content' ? most.data.count : null;
    found.set(key, { kind, otherSite, count, foundAt: first.data.foundAt });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, conflict]) => conflict);
}

/** The same UID from two sites is a conflict, never a merge. */
function twinSites(state: WorklistState, study: StudyEntity): string[] {
  const twins = study.uid === null ? undefined : state.byUid.get(study.uid);
  if (twins === undefined || twins.size < 2) return [];
  return [...twins].flatMap((id) => {
    const other = state.studies.get(id);
    return other !== undefined && other !== study && hasRow(other) ? [other.site] : [];
  });
}
