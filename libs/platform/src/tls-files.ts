import { readFileSync, statSync } from 'node:fs';
import {
  type ClientCertificates,
  type Clock,
  type DurationMs,
  type ServerTls,
  seconds,
  tlsServerOptions,
  toVoorrangError,
  VoorrangError,
} from '@voorrang/kernel';
import type { Settings } from './config/settings.ts';
import type { Logger } from './logger.ts';

/** Where the certificates of our listeners are. */
export type TlsFiles = {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Authorities whose client certificates are taken. */
  readonly clientCaFile?: string;
  readonly clientCertificate: ClientCertificates;
};

type TlsSettings = Pick<
  Settings,
  | 'VOORRANG_TLS_CERTIFICATE_FILE'
  | 'VOORRANG_TLS_KEY_FILE'
  | 'VOORRANG_TLS_CLIENT_CA_FILE'
  | 'VOORRANG_TLS_CLIENT_CERTIFICATE'
>;

/** `undefined` without certificate and key. An authority that is given is meant to be used: client certificates are then required unless the setting says otherwise. */
export function tlsFilesOf(settings: TlsSettings): TlsFiles | undefined {
  const { VOORRANG_TLS_CERTIFICATE_FILE: certificateFile, VOORRANG_TLS_KEY_FILE: keyFile } = settings;
  const clientCaFile = settings.VOORRANG_TLS_CLIENT_CA_FILE;
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  return {
    certificateFile,
    keyFile,
    ...(clientCaFile === undefined ? {} : { clientCaFile }),
    clientCertificate: settings.VOORRANG_TLS_CLIENT_CERTIFICATE ?? (clientCaFile === undefined ? 'none' : 'required'),
  };
}

/** Reads and checks them. Throws `VRG_CONFIG_INVALID` with `details.problem`, which names a file or says what does not fit. */
export function readTlsFiles({ certificateFile, keyFile, clientCaFile, clientCertificate }: TlsFiles): ServerTls {
  const tls: ServerTls = {
    cert: read(certificateFile),
    key: read(keyFile),
    ...(clientCaFile === undefined ? {} : { ca: read(clientCaFile) }),
    clientCertificate,
  };
  tlsServerOptions(tls);
  return tls;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const problem = `${file} cannot be read`;
    throw new VoorrangError('VRG_CONFIG_INVALID', problem, { details: { problem }, cause });
  }
}

export type WatchTlsOptions = {
  readonly files: TlsFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes what changed; default every 10 s. May throw: the listeners keep what they have. */
  readonly onChange: (tls: ServerTls) => void;
  readonly everyMs?: DurationMs;
};

/**
 * Looks for renewed certificates by the times of the files. Certificate and key are replaced one after the other: what does not fit together yet is looked at again. Resolves
 * what it returns when the last look is over.
 */
export function watchTlsFiles({
  files,
  clock,
  logger,
  onChange,
  everyMs = seconds(10),
}: WatchTlsOptions): () => Promise<void> {
  const ending = new AbortController();
  let current = signatureOf(files);
  let refused: string | undefined;
  const look = (): void => {
    const found = signatureOf(files);
    if (found === current || found === refused) return;
    try {
      onChange(readTlsFiles(files));
      current = found;
      refused = undefined;
      logger.info('the listeners use a renewed certificate');
    } catch (thrown) {
      refused = found;
      const { problem } = toVoorrangError(thrown).details;
      logger.warn('changed certificates cannot be used; the listeners keep the old ones', {
        problem: typeof problem === 'string' ? problem : null,
      });
    }
  };
  const looking = (async () => {
    for (;;) {
      await clock.wait(everyMs, ending.signal);
      if (ending.signal.aborted) return;
      look();
    }
  })();
  return () => {
    ending.abort();
    return looking;
  };
}

const signatureOf = ({ certificateFile, keyFile, clientCaFile }: TlsFiles): string =>
  [certificateFile, keyFile, clientCaFile ?? '']
    .map((file) => {
      const stats = file === '' ? undefined : statSync(file, { throwIfNoEntry: false });
      return stats === undefined ? '-' : `${stats.ino}.${stats.size}.${stats.mtimeMs}`;
    })
    .join(' ');
