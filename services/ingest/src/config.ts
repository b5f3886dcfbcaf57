import { siteSchema } from '@voorrang/contracts';
import { VoorrangError } from '@voorrang/kernel';
import { z } from 'zod';

const port = z.number().int().min(0).max(65_535);

/** Configuration of the ingest service; the names of the environment are those of the public contract. */
export const ingestConfigSchema = z
  .strictObject({
    bind: z.string().min(1).default('127.0.0.1').describe('VOORRANG_BIND'),
    dicomPort: port.default(11_112).describe('VOORRANG_DICOM_PORT; 0 takes a free one'),
    aeTitle: z.string().min(1).max(16).default('VOORRANG').describe('VOORRANG_AE_TITLE'),
    anyCalledAe: z.boolean().default(true).describe('accept associations that call another AE title'),
    mllpPort: port.default(2575).describe('VOORRANG_MLLP_PORT; 0 takes a free one'),
    dicomTlsPort: port.optional().describe('VOORRANG_DICOM_TLS_PORT'),
    mllpTlsPort: port.optional().describe('VOORRANG_MLLP_TLS_PORT'),
    tls: z
      .strictObject({
        certificateFile: z.string(),
        keyFile: z.string(),
        clientCaFile: z.string().exactOptional(),
        clientCertificate: z.enum(['none', 'optional', 'required']),
      })
      .optional()
      .describe('VOORRANG_TLS_*; needed for the ports with TLS'),
    plaintextWaivers: z
      .strictObject({ dicom: z.array(z.string()).default([]), mllp: z.array(z.string()).default([]) })
      .prefault({})
      .describe('VOORRANG_PLAINTEXT_WAIVER'),
    site: siteSchema.default('EX').describe('VOORRANG_SITE, for senders that no mapping names'),
    settleSeconds: z.number().positive().max(86_400).default(30).describe('VOORRANG_SETTLE_SECONDS'),
    hardLimitSeconds: z.number().positive().max(604_800).default(1800).describe('VOORRANG_HARD_LIMIT_SECONDS'),
    clockSkewLimitSeconds: z.number().positive().max(86_400).default(120).describe('VOORRANG_CLOCK_SKEW_LIMIT_SECONDS'),
    retentionDays: z.number().int().min(14).max(3_650).default(30).describe('VOORRANG_RETENTION_DAYS'),
    limits: z
      .strictObject({
        associations: z.number().int().min(1).max(10_000).default(64),
        dicomIdleSeconds: z.number().positive().default(300),
        tlsLookSeconds: z.number().positive().default(10).describe('how often renewed certificates are looked for'),
        mllpConnections: z.number().int().min(1).max(10_000).default(200),
        hl7MessageBytes: z
          .number()
          .int()
          .min(1024)
          .default(16 << 20),
      })
      .prefault({}),
  })
  .refine(({ settleSeconds, hardLimitSeconds }) => settleSeconds <= hardLimitSeconds, {
    path: ['hardLimitSeconds'],
    message: 'must not be shorter than settleSeconds',
  })
  .refine(({ dicomTlsPort, mllpTlsPort, tls }) => tls !== undefined || (dicomTlsPort ?? mllpTlsPort) === undefined, {
    path: ['tls'],
    message: 'a port with TLS needs a certificate',
  });
export type IngestConfigInput = z.input<typeof ingestConfigSchema>;
export type IngestConfig = z.output<typeof ingestConfigSchema>;

/** Throws `VRG_CONFIG_INVALID` with every problem. */
export function parseIngestConfig(input: IngestConfigInput): IngestConfig {
  const parsed = ingestConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw configProblems(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
}

export const configProblems = (problems: readonly string[]): VoorrangError =>
  new VoorrangError('VRG_CONFIG_INVALID', `ingest: ${problems.join('; ')}`, { details: { problems } });
