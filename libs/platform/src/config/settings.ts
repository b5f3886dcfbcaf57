import { z } from 'zod';
import { Secret } from './secret.ts';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);
const optionalPort = z.coerce.number().int().min(0).max(65_535).optional();
const wholeSeconds = (fallback: number) => z.coerce.number().int().min(1).max(86_400).default(fallback);
const secret = z
  .string()
  .min(16, 'at least 16 characters')
  .transform((value) => new Secret(value))
  .optional();
const url = (...schemes: string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && schemes.includes(new URL(value).protocol),
      `a URL that begins with ${schemes.join(' or ')}//`,
    )
    .transform((value) => new Secret(value))
    .optional();
const webUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'an http or https URL')
  .optional();

/**
 * Every setting of the product, by its environment name. The same names, in the same spelling, may stand in the YAML file that
 * `VOORRANG_CONFIG` names; the environment wins. Docstrings are the text of the generated table in the README.
 */
export const settingsSchema = z.strictObject({
  VOORRANG_CONFIG: z.string().optional().describe('YAML file with settings of these names'),
  VOORRANG_HTTP_PORT: port(8080).describe('web pages and HTTP API'),
  VOORRANG_DICOM_PORT: port(11_112).describe('DIMSE: C-ECHO, C-STORE'),
  VOORRANG_AE_TITLE: z
    .string()
    .regex(/^[\x21-\x5b\x5d-\x7e]{1,16}$/, '1 to 16 printable characters')
    .default('VOORRANG')
    .describe('our AE title'),
  VOORRANG_MLLP_PORT: port(2575).describe('HL7 v2 over MLLP'),
  VOORRANG_DICOM_TLS_PORT: optionalPort.describe('DIMSE over TLS; empty = no such listener'),
  VOORRANG_MLLP_TLS_PORT: optionalPort.describe('MLLP over TLS; empty = no such listener'),
  VOORRANG_HTTP_TLS: z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .default(false)
    .describe('whether VOORRANG_HTTP_PORT speaks HTTPS, with the same certificate and without client certificates'),
  VOORRANG_TLS_CERTIFICATE_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('certificate of our listeners (PEM), with those between it and the root; read again when it changes'),
  VOORRANG_TLS_KEY_FILE: z.string().min(1).optional().describe('its private key (PEM)'),
  VOORRANG_TLS_CLIENT_CA_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('authorities whose client certificates are taken (PEM)'),
  VOORRANG_TLS_CLIENT_CERTIFICATE: z
    .enum(['none', 'optional', 'required'])
    .optional()
    .describe('whether DICOM and MLLP peers show one; required when an authority is given, else none'),
  VOORRANG_BIND: z.string().default('127.0.0.1').describe('address of all listeners'),
  VOORRANG_DATA_DIR: z.string().min(1).default('./data').describe('journal, snapshots, embedded database'),
  VOORRANG_KAFKA_BROKERS: z
    .string()
    .regex(/^[^,\s]+:[0-9]+(,[^,\s]+:[0-9]+)*$/, 'host:port, several separated by commas')
    .optional()
    .describe('all three addresses = distributed profile, none = embedded'),
  VOORRANG_REDIS_URL: url('redis:', 'rediss:').describe('worklist store of the distributed profile'),
  VOORRANG_DATABASE_URL: url('postgres:', 'postgresql:').describe('database of the distributed profile'),
  VOORRANG_API_TOKEN: secret.describe('bearer token with every role; made and printed at the first start when empty'),
  VOORRANG_KEY_SECRET: secret.describe('secret of the opaque keys; never rotates within a log'),
  VOORRANG_SITE: z
    .string()
    .regex(/^[A-Z0-9][A-Z0-9-]{0,15}$/, 'a site code')
    .default('EX')
    .describe('site of senders that no mapping names'),
  VOORRANG_SETTLE_SECONDS: wholeSeconds(30).describe('quiet time after which a study is settled'),
  VOORRANG_HARD_LIMIT_SECONDS: wholeSeconds(1800).describe(
    'a study is settled this long after its first image, whatever still comes',
  ),
  VOORRANG_CLOCK_SKEW_LIMIT_SECONDS: wholeSeconds(120).describe(
    'operators are told when the clock of a sender differs from ours by more',
  ),
  VOORRANG_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(14)
    .max(3_650)
    .default(30)
    .describe('ingest forgets the instances of a study, orders and steps that were silent for so long'),
  VOORRANG_PACS_AUTHORIZATION: z
    .string()
    .min(1)
    .transform((value) => new Secret(value))
    .optional()
    .describe(
      'header Authorization for a PACS that is compared; named in peers.yaml as env:VOORRANG_PACS_AUTHORIZATION',
    ),
  VOORRANG_ALERT_WEBHOOK_URL: webUrl.describe('where the webhook channel of the example rota sends'),
  VOORRANG_NTFY_URL: webUrl.describe('ntfy topic URL of the example rota'),
  VOORRANG_SMS_GATEWAY_URL: webUrl.describe('HTTP gateway for SMS'),
  VOORRANG_VOICE_GATEWAY_URL: webUrl.describe('HTTP gateway for voice calls'),
  VOORRANG_TIME_SCALE: z.coerce
    .number()
    .min(0.01)
    .max(10_000)
    .default(1)
    .describe('speeds up the clock; only when bound to loopback'),
  VOORRANG_TIME_ORIGIN: z.iso
    .datetime({ offset: true })
    .optional()
    .describe(
      'instant at which sped-up time begins; kept with the data when empty, required for the sped-up distributed profile',
    ),
  VOORRANG_POLICY_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('local protocol directory; the example protocol when empty'),
  VOORRANG_PUBLIC_URL: webUrl.describe('address of the pages as phones reach it; used in alerts'),
  VOORRANG_RESULTS_URL: webUrl.describe('distributed: where the worklist service forwards results to'),
  VOORRANG_NOTIFIER_URL: webUrl.describe('distributed: where the worklist service forwards alerts to'),
  VOORRANG_INGEST_URL: webUrl.describe(
    'distributed: where the worklist service forwards quarantine, operations and STOW-RS to',
  ),
  VOORRANG_SPOOL_LIMIT_MB: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(4096)
    .describe('an edge refuses new facts when its spool exceeds this'),
  VOORRANG_EVIDENCE_LIMIT_MB: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(8192)
    .describe('reports and other evidence too large for an event are refused when their store exceeds this'),
  VOORRANG_PLAINTEXT_WAIVER: z
    .string()
    .regex(
      /^(http|dicom|mllp):[A-Za-z0-9_.-]+(,(http|dicom|mllp):[A-Za-z0-9_.-]+)*$/,
      'listener:peer, several separated by commas',
    )
    .optional()
    .describe(
      'peers that may speak without TLS when not bound to loopback: calling AE titles, names of MSH-3; every other one is refused. For http the name is a note',
    ),
  VOORRANG_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('log lines on standard error'),
  VOORRANG_FAULT_POINT: z
    .string()
    .optional()
    .describe('for proof runs: the process kills itself at this point; only when bound to loopback'),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;
