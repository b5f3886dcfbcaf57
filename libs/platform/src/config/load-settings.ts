import { readFileSync } from 'node:fs';
import { err, faultPoints, ok, type Result, toVoorrangError } from '@voorrang/kernel';
import { LineCounter, parseDocument } from 'yaml';
import { readTlsFiles, tlsFilesOf } from '../tls-files.ts';
import { type Settings, settingsSchema } from './settings.ts';

/** One thing wrong with the configuration: where (`VOORRANG_X` or `file:line`) and what. Never the value. */
export type SettingProblem = { readonly place: string; readonly message: string };
export type Profile = 'embedded' | 'distributed';
export type Loaded = { readonly settings: Settings; readonly profile: Profile };

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);
export const isLoopback = (address: string): boolean => loopback.has(address) || address.startsWith('127.');

/**
 * Settings from the environment over an optional YAML file. Unknown `VOORRANG_` names are refused and all problems are told together;
 * nothing is clamped or guessed. Names that begin with `VOORRANG_TEST_` belong to the test set-up and are passed over.
 */
export function loadSettings(
  environment: Readonly<Record<string, string | undefined>>,
): Result<Loaded, readonly SettingProblem[]> {
  const fromEnvironment = Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => name.startsWith('VOORRANG_') && !name.startsWith('VOORRANG_TEST_') && value !== '',
    ),
  );
  const file = readConfigFile(fromEnvironment.VOORRANG_CONFIG);
  const parsed = settingsSchema.safeParse({ ...file.values, ...fromEnvironment });
  const problems: SettingProblem[] = [...file.problems];
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        for (const name of issue.keys)
          problems.push({ place: placeOf(name, file, fromEnvironment), message: 'no setting has this name' });
      } else {
        problems.push({ place: placeOf(String(issue.path[0]), file, fromEnvironment), message: issue.message });
      }
    }
    return err(problems);
  }
  problems.push(...crossChecks(parsed.data));
  if (problems.length > 0) return err(problems);
  return ok({
    settings: parsed.data,
    profile: parsed.data.VOORRANG_KAFKA_BROKERS === undefined ? 'embedded' : 'distributed',
  });
}

type ConfigFile = {
  readonly name: string;
  readonly values: Record<string, unknown>;
  readonly lines: Record<string, number>;
  readonly problems: SettingProblem[];
};

function readConfigFile(name: string | undefined): ConfigFile {
  const empty: ConfigFile = { name: name ?? '', values: {}, lines: {}, problems: [] };
  if (name === undefined) return empty;
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch {
    return { ...empty, problems: [{ place: 'VOORRANG_CONFIG', message: 'the file cannot be read' }] };
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  if (document.errors.length > 0) {
    return {
      ...empty,
      problems: document.errors.map((e) => ({
        place: `${name}:${e.linePos?.[0].line ?? 1}`,
        message: 'not valid YAML',
      })),
    };
  }
  const values: unknown = document.toJS({ maxAliasCount: 0 });
  if (values === null) return empty;
  if (typeof values !== 'object' || Array.isArray(values))
    return { ...empty, problems: [{ place: `${name}:1`, message: 'names and values expected' }] };
  const lines: Record<string, number> = {};
  const contents = document.contents as {
    items?: { key: { value: unknown; range?: [number, number, number] } }[];
  } | null;
  for (const { key } of contents?.items ?? []) lines[String(key.value)] = counter.linePos(key.range?.[0] ?? 0).line;
  return { ...empty, values: values as Record<string, unknown>, lines };
}

const placeOf = (name: string, file: ConfigFile, environment: Record<string, unknown>): string =>
  name in environment || !(name in file.values) ? name : `${file.name}:${file.lines[name] ?? 1} ${name}`;

function crossChecks(s: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const say = (place: string, message: string): void => void problems.push({ place, message });
  const addresses = [s.VOORRANG_KAFKA_BROKERS, s.VOORRANG_REDIS_URL, s.VOORRANG_DATABASE_URL].filter(
    (value) => value !== undefined,
  ).length;
  if (addresses === 1 || addresses === 2)
    say(
      'VOORRANG_KAFKA_BROKERS, VOORRANG_REDIS_URL, VOORRANG_DATABASE_URL',
      'give all three (distributed profile) or none (embedded profile)',
    );
  if (addresses === 3 && s.VOORRANG_KEY_SECRET === undefined)
    say('VOORRANG_KEY_SECRET', 'required in the distributed profile');
  if (addresses === 3 && s.VOORRANG_API_TOKEN === undefined)
    say('VOORRANG_API_TOKEN', 'required in the distributed profile');
  if (addresses === 3 && s.VOORRANG_TIME_SCALE !== 1 && s.VOORRANG_TIME_ORIGIN === undefined)
    say('VOORRANG_TIME_ORIGIN', 'required when several processes share sped-up time');
  if (s.VOORRANG_SETTLE_SECONDS > s.VOORRANG_HARD_LIMIT_SECONDS)
    say('VOORRANG_SETTLE_SECONDS', 'must not exceed VOORRANG_HARD_LIMIT_SECONDS');
  if (s.VOORRANG_FAULT_POINT !== undefined && !((s.VOORRANG_FAULT_POINT.split(':')[0] ?? '') in faultPoints))
    say('VOORRANG_FAULT_POINT', 'no fault point has this name');
  problems.push(...tlsProblems(s));
  if (isLoopback(s.VOORRANG_BIND)) return problems;
  if (s.VOORRANG_TIME_SCALE !== 1) say('VOORRANG_TIME_SCALE', 'allowed only when bound to loopback');
  if (s.VOORRANG_FAULT_POINT !== undefined) say('VOORRANG_FAULT_POINT', 'allowed only when bound to loopback');
  if (s.VOORRANG_API_TOKEN === undefined) say('VOORRANG_API_TOKEN', 'required when not bound to loopback');
  if (s.VOORRANG_POLICY_DIR === undefined)
    say('VOORRANG_POLICY_DIR', 'a local protocol with sender lists is required when not bound to loopback');
  const secured = { http: s.VOORRANG_HTTP_TLS, ...tlsPorts(s) };
  for (const listener of ['http', 'dicom', 'mllp'] as const) {
    const waived = (s.VOORRANG_PLAINTEXT_WAIVER ?? '').split(',').some((waiver) => waiver.startsWith(`${listener}:`));
    if (!waived && !secured[listener])
      say(
        'VOORRANG_PLAINTEXT_WAIVER',
        `the ${listener} listener has no TLS: set ${tlsSettings[listener]}, or name the peers that may speak without it (${listener}:NAME), or bind to loopback`,
      );
  }
  return problems;
}

const tlsSettings = {
  http: 'VOORRANG_HTTP_TLS',
  dicom: 'VOORRANG_DICOM_TLS_PORT',
  mllp: 'VOORRANG_MLLP_TLS_PORT',
} as const;

const tlsPorts = (s: Settings) => ({
  dicom: s.VOORRANG_DICOM_TLS_PORT !== undefined,
  mllp: s.VOORRANG_MLLP_TLS_PORT !== undefined,
});

/** Certificates are read here already, so that what is wrong with them is told with everything else. */
function tlsProblems(s: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const { dicom, mllp } = tlsPorts(s);
  const wanted = dicom || mllp || s.VOORRANG_HTTP_TLS;
  for (const name of ['VOORRANG_TLS_CERTIFICATE_FILE', 'VOORRANG_TLS_KEY_FILE'] as const) {
    const other = name === 'VOORRANG_TLS_KEY_FILE' ? 'VOORRANG_TLS_CERTIFICATE_FILE' : 'VOORRANG_TLS_KEY_FILE';
    if (s[name] === undefined && (wanted || s[other] !== undefined))
      problems.push({ place: name, message: 'certificate and key are needed for TLS' });
  }
  const files = tlsFilesOf(s);
  if (files === undefined) return problems;
  try {
    readTlsFiles(files);
  } catch (thrown) {
    const { problem } = toVoorrangError(thrown).details;
    problems.push({
      place: 'VOORRANG_TLS_CERTIFICATE_FILE',
      message: typeof problem === 'string' ? problem : 'unusable',
    });
  }
  return problems;
}
