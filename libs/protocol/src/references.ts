import { orderPrioritySchema, patientClassSchema, severitySchema } from '@voorrang/contracts';
import { comparedTexts, type FactSchema } from '@voorrang/rules';
import { findingFactSchema, orderingFactSchema } from './facts.ts';
import type { Path } from './read-yaml.ts';
import { sameSenderProblems } from './sender-references.ts';

/** A mistake that only shows when files are read together, or when entries of one file are. */
export type ReferenceProblem = { readonly file: string; readonly path: Path; readonly message: string };

type Raw = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): readonly string[] => items(value).filter((item) => typeof item === 'string');

/**
 * Checks names across files on the raw data, so that a mistake of form elsewhere in a file does not hide a mistake of reference.
 * Names of a file that cannot be read at all are not checked.
 */
export function referenceProblems(files: Raw): readonly ReferenceProblem[] {
  const sites = fields(fields(files['sites.yaml']).sites);
  const detectors = items(fields(files['detectors.yaml']).detectors).map(fields);
  const alerts = fields(files['alerts.yaml']);
  const teams = fields(alerts.teams);
  const onCall = fields(files['on-call.yaml']);
  const shifts = items(onCall.shifts).map(fields);
  const problems: ReferenceProblem[] = [];

  const known = (file: string, path: Path, value: unknown, kind: string, source: string, names: Iterable<string>) => {
    if (typeof value !== 'string' || files[source] === undefined) return;
    if (!new Set(names).has(value)) problems.push({ file, path, message: `no ${kind} '${value}' in ${source}` });
  };
  const unique = (file: string, entries: readonly (readonly [Path, unknown])[]) => {
    const seen = new Set<unknown>();
    for (const [path, id] of entries) {
      if (typeof id === 'string' && seen.has(id)) problems.push({ file, path, message: `'${id}' is used twice` });
      seen.add(id);
    }
  };

  const words: Readonly<Record<string, readonly [kind: string, source: string, names: readonly string[]]>> = {
    'finding.code': ['finding', 'detectors.yaml', detectors.flatMap(({ findings }) => texts(findings))],
    'detector.id': ['detector', 'detectors.yaml', detectors.map(({ id }) => String(id))],
    'finding.outcome': ['outcome', '', ['positive', 'negative', 'inconclusive']],
    'finding.severity': ['severity', '', ['', ...severitySchema.options]],
    'visit.patientClass': ['patient class', '', ['', ...patientClassSchema.options]],
    'order.priority': ['priority', '', ['', ...orderPrioritySchema.options]],
    'patient.sex': ['sex', '', ['', 'M', 'F', 'O', 'U']],
  };
  const condition = (file: string, path: Path, text: unknown, schema: FactSchema) => {
    if (typeof text !== 'string') return;
    for (const compared of comparedTexts(text, schema)) {
      const [kind, source, names] = words[compared.fact] ?? [];
      if (kind === undefined || source === undefined || (source !== '' && files[source] === undefined)) continue;
      if (names?.includes(compared.text)) continue;
      const where = source === '' ? '' : ` in ${source}`;
      problems.push({ file, path, message: `no ${kind} '${compared.text}'${where}` });
    }
  };

  const policy = fields(files['policy.yaml']);
  const rules = (['baseRules', 'aiRules'] as const).flatMap((list) =>
    items(policy[list]).map((rule, index) => ({ list, index, rule: fields(rule) })),
  );
  unique(
    'policy.yaml',
    rules.map(({ list, index, rule }) => [[list, index, 'id'], rule.id]),
  );
  for (const { list, index, rule } of rules) {
    const schema = list === 'baseRules' ? orderingFactSchema : findingFactSchema;
    condition('policy.yaml', [list, index, 'when'], rule.when, schema);
  }

  unique(
    'detectors.yaml',
    detectors.map(({ id }, index) => [['detectors', index, 'id'], id]),
  );
  detectors.forEach(({ sites: at, appliesTo }, index) => {
    const path = ['detectors', index];
    items(at).forEach((site, i) => {
      known('detectors.yaml', [...path, 'sites', i], site, 'site', 'sites.yaml', Object.keys(sites));
    });
    condition('detectors.yaml', [...path, 'appliesTo'], appliesTo, orderingFactSchema);
  });

  const routes = items(alerts.routes).map(fields);
  known('alerts.yaml', ['strokeCodeTeam'], alerts.strokeCodeTeam, 'team', 'alerts.yaml', Object.keys(teams));
  unique(
    'alerts.yaml',
    routes.map(({ id }, index) => [['routes', index, 'id'], id]),
  );
  routes.forEach(({ team, when }, index) => {
    known('alerts.yaml', ['routes', index, 'team'], team, 'team', 'alerts.yaml', Object.keys(teams));
    condition('alerts.yaml', ['routes', index, 'when'], when, findingFactSchema);
  });
  const people = Object.keys(fields(onCall.people));
  for (const [team, policyOfTeam] of Object.entries(teams)) {
    const { steps, fallback } = fields(policyOfTeam);
    const roles = shifts.filter((shift) => shift.team === team).map(({ role }) => String(role));
    items(steps).forEach((step, index) => {
      items(fields(step).roles).forEach((role, i) => {
        const path = ['teams', team, 'steps', index, 'roles', i];
        known('alerts.yaml', path, role, `shift of team ${team} with role`, 'on-call.yaml', roles);
      });
    });
    const person = fields(fallback).person;
    known('alerts.yaml', ['teams', team, 'fallback', 'person'], person, 'person', 'on-call.yaml', people);
  }

  shifts.forEach(({ site, team, person }, index) => {
    const path = ['shifts', index];
    known('on-call.yaml', [...path, 'site'], site, 'site', 'sites.yaml', Object.keys(sites));
    known('on-call.yaml', [...path, 'team'], team, 'team', 'alerts.yaml', Object.keys(teams));
    known('on-call.yaml', [...path, 'person'], person, 'person', 'on-call.yaml', people);
  });

  const senders = fields(files['senders.yaml']);
  for (const problem of sameSenderProblems(items(senders.dicom).map(fields), items(senders.hl7).map(fields))) {
    problems.push({ file: 'senders.yaml', ...problem });
  }
  for (const list of ['dicom', 'hl7'] as const) {
    items(senders[list]).forEach((sender, index) => {
      const path = [list, index, 'site'];
      known('senders.yaml', path, fields(sender).site, 'site', 'sites.yaml', Object.keys(sites));
    });
  }
  return problems;
}
