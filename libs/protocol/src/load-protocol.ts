import { err, ok, type Result } from '@voorrang/kernel';
import type { z } from 'zod';
import { alertPolicyOf, alertsFileSchema } from './files/alerts.ts';
import { conditionPlace } from './files/common.ts';
import { detectorsFileSchema, detectorsOf } from './files/detectors.ts';
import { type EnvironmentLookup, onCallFileSchema, onCallOf } from './files/on-call.ts';
import { peersFileName, peersFileSchema, peersOf, peersProblems } from './files/peers.ts';
import { policyFileSchema, policyOf } from './files/policy.ts';
import { sendersFileSchema, sendersOf } from './files/senders.ts';
import { settlingFileName, settlingFileSchema, settlingOf, settlingProblems } from './files/settling.ts';
import { sitesFileSchema } from './files/sites.ts';
import { protocolHash } from './hash.ts';
import type { Protocol, ProtocolProblem } from './protocol.ts';
import { type Path, readYaml, type YamlFile } from './read-yaml.ts';
import { referenceProblems } from './references.ts';

/** The files of a protocol directory with the schema of each. */
export const protocolFiles = {
  'sites.yaml': sitesFileSchema,
  'policy.yaml': policyFileSchema,
  'detectors.yaml': detectorsFileSchema,
  'alerts.yaml': alertsFileSchema,
  'on-call.yaml': onCallFileSchema,
  'senders.yaml': sendersFileSchema,
  [settlingFileName]: settlingFileSchema,
  [peersFileName]: peersFileSchema,
} as const satisfies Record<string, z.ZodType>;

/** Files that a protocol may do without. */
const optionalFiles = [settlingFileName, peersFileName] as const;

export type ProtocolFileName = keyof typeof protocolFiles;
type OptionalFileName = (typeof optionalFiles)[number];
type Outputs = { [Name in ProtocolFileName]: z.output<(typeof protocolFiles)[Name]> };
type Parsed = Omit<Outputs, OptionalFileName> & Partial<Pick<Outputs, OptionalFileName>>;

/**
 * Reads and checks a whole protocol: file name to text. Every problem of every file is told at once, by file and line.
 * `environment` resolves `env:NAME` addresses of the rota; a channel whose name is empty there is dropped.
 */
export function loadProtocol(
  files: Readonly<Record<string, string>>,
  options: { readonly environment?: EnvironmentLookup } = {},
): Result<Protocol, readonly ProtocolProblem[]> {
  const problems: ProtocolProblem[] = fileListProblems(files);
  const read = Object.entries(files)
    .filter(([name]) => name in protocolFiles)
    .map(([name, text]) => readYaml(name, text));
  const parsed: Record<string, unknown> = {};
  for (const file of read) {
    problems.push(...file.problems);
    if (file.data === undefined) continue;
    const result = protocolFiles[file.name as ProtocolFileName].safeParse(file.data);
    if (result.success) parsed[file.name] = result.data;
    else problems.push(...result.error.issues.flatMap((issue) => problemsOf(file, issue)));
  }
  const byName = new Map(read.map((file) => [file.name, file]));
  const raw = Object.fromEntries(read.map((f) => [f.name, f.data]));
  const sites = (raw['sites.yaml'] as { sites?: unknown } | undefined)?.sites;
  const siteNames = typeof sites === 'object' && sites !== null ? new Set(Object.keys(sites)) : undefined;
  for (const { file, path, message } of [
    ...referenceProblems(raw),
    ...settlingProblems(raw[settlingFileName], siteNames),
    ...peersProblems(raw[peersFileName], siteNames),
  ]) {
    problems.push({ file, line: byName.get(file)?.lineOf(path) ?? 1, path: textOf(path), message });
  }
  if (problems.length > 0) return err(sorted(problems));
  return ok(assemble(files, parsed as Parsed, options.environment ?? (() => undefined)));
}

function fileListProblems(files: Readonly<Record<string, string>>): ProtocolProblem[] {
  const names = Object.keys(protocolFiles);
  const place = { line: 1, path: '' };
  const missing = names
    .filter((name) => files[name] === undefined && !(optionalFiles as readonly string[]).includes(name))
    .map((file) => ({ ...place, file, message: 'the file is missing' }));
  const unknown = Object.keys(files)
    .filter((name) => !names.includes(name))
    .map((file) => ({ ...place, file, message: `no such file is known; expected ${names.join(', ')}` }));
  return [...missing, ...unknown];
}

function problemsOf(file: YamlFile, issue: z.core.$ZodIssue): readonly ProtocolProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      file: file.name,
      line: file.lineOf([...path, key], true),
      path: textOf([...path, key]),
      message: 'no such key is known',
    }));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues.map((inner) => inner.message).join('; ');
    return [{ file: file.name, line: file.lineOf(path, true), path: textOf(path), message: `key: ${message}` }];
  }
  const within: unknown = issue.code === 'custom' ? issue.params?.[conditionPlace] : undefined;
  const line = typeof within === 'number' ? file.lineWithin(path, within) : file.lineOf(path);
  return [{ file: file.name, line, path: textOf(path), message: issue.message }];
}

const textOf = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');

const sorted = (problems: readonly ProtocolProblem[]): readonly ProtocolProblem[] =>
  [...problems].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));

function assemble(files: Readonly<Record<string, string>>, parsed: Parsed, environment: EnvironmentLookup): Protocol {
  return {
    hash: protocolHash(files),
    files,
    sites: parsed['sites.yaml'].sites,
    policy: policyOf(parsed['policy.yaml']),
    detectors: detectorsOf(parsed['detectors.yaml']),
    alerting: alertPolicyOf(parsed['alerts.yaml']),
    onCall: onCallOf(parsed['on-call.yaml'], environment),
    senders: sendersOf(parsed['senders.yaml']),
    settling: settlingOf(parsed[settlingFileName] ?? { rules: [] }),
    peers: peersOf(parsed[peersFileName] ?? { pacs: [], unmatched: [] }, environment),
  };
}
