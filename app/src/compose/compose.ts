import { err, ok, type Result, systemClock } from '@voorrang/kernel';
import {
  createHttpApp,
  type HttpServer,
  healthOf,
  isLoopback,
  type Logger,
  listen,
  type Profile,
  readTlsFiles,
  type Service,
  type Settings,
  tlsFilesOf,
  watchTlsFiles,
} from '@voorrang/platform';
import { forwardRoutes } from '@voorrang/worklist';
import { type Foundation, layFoundation } from './foundation.ts';
import { makeServices } from './make-services.ts';
import type { ServiceName } from './service-names.ts';

/** Where a started product listens. */
export type OpenPorts = {
  readonly base: string;
  readonly dicom: number;
  readonly mllp: number;
  readonly token: string;
  readonly aeTitle: string;
};

/** The product in this process. `start` opens every port; `stop` closes them, finishes work in hand and leaves everything durable. */
export type Product = {
  readonly logger: Logger;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** One line per open port and the sign-in link, for the person who started it. */
  announcement(): readonly string[];
  openPorts(): OpenPorts;
  /** Resolves when every part of every service is well for the first time, or the signal aborts. */
  untilReady(signal: AbortSignal): Promise<void>;
};

/** Real time between two looks at the health of a product that is starting. */
const readyLookMs = 20;

/** Wires the named services on the adapters of the profile. The error is what to tell the person who starts it, a problem a line. */
export async function compose(
  settings: Settings,
  profile: Profile,
  names: readonly ServiceName[],
): Promise<Result<Product, readonly string[]>> {
  const laid = await layFoundation(settings, profile, names);
  if (!laid.ok) return err(laid.error);
  const foundation = laid.value;
  const services = await makeServices(foundation, names);
  const app = createHttpApp({
    services,
    ...(names.includes('worklist') ? { forwarded: forwardedRoutes(foundation, names) } : {}),
    auth: {
      apiToken: foundation.apiToken,
      clock: foundation.clock,
      secureCookie: settings.VOORRANG_HTTP_TLS || settings.VOORRANG_PUBLIC_URL?.startsWith('https:') === true,
    },
    logger: foundation.logger,
    metrics: foundation.metrics,
  });
  let http: HttpServer | undefined;
  let stopTls: () => Promise<void> = async () => {};
  return ok({
    logger: foundation.logger,
    start: async () => {
      for (const service of services) await service.start();
      const files = settings.VOORRANG_HTTP_TLS ? tlsFilesOf(settings) : undefined;
      http = await listen(app, settings.VOORRANG_HTTP_PORT, settings.VOORRANG_BIND, files && readTlsFiles(files));
      const { updateTls } = http;
      if (files !== undefined)
        stopTls = watchTlsFiles({ files, clock: systemClock(), logger: foundation.logger, onChange: updateTls });
      foundation.logger.info('started', { profile, services: names });
    },
    stop: async () => {
      await stopTls();
      await http?.close();
      for (const service of services.toReversed()) await stopService(service, foundation.logger);
      await foundation.close();
    },
    announcement: () => announcementOf(foundation, services, http?.port ?? settings.VOORRANG_HTTP_PORT),
    openPorts: () => ({
      base: `${schemeOf(settings)}://127.0.0.1:${http?.port ?? settings.VOORRANG_HTTP_PORT}`,
      dicom: settings.VOORRANG_DICOM_PORT,
      mllp: settings.VOORRANG_MLLP_PORT,
      token: foundation.apiToken,
      aeTitle: settings.VOORRANG_AE_TITLE,
    }),
    untilReady: async (signal) => {
      const isReady = (): boolean => Object.values(healthOf(services)).every(({ ok }) => ok);
      while (!signal.aborted && !isReady()) await systemClock().wait(readyLookMs, signal);
    },
  });
}

const schemeOf = (settings: Settings): string => (settings.VOORRANG_HTTP_TLS ? 'https' : 'http');

/** The worklist process is the front door: what other processes own is passed on to them. */
function forwardedRoutes(
  { settings, logger }: Foundation,
  names: readonly ServiceName[],
): ReturnType<typeof forwardRoutes> {
  const elsewhere = [
    { owner: 'ai-results', paths: ['/api/v1/results', '/api/v1/detectors'], baseUrl: settings.VOORRANG_RESULTS_URL },
    {
      owner: 'ingest',
      paths: [
        '/api/v1/quarantine',
        '/api/v1/operations',
        '/api/v1/evidence',
        '/api/v1/patients',
        '/api/v1/senders',
        '/dicomweb',
      ],
      baseUrl: settings.VOORRANG_INGEST_URL,
    },
    { owner: 'notifier', paths: ['/api/v1/alerts', '/api/v1/on-call'], baseUrl: settings.VOORRANG_NOTIFIER_URL },
  ] as const;
  const targets = elsewhere.flatMap(({ owner, paths, baseUrl }) =>
    baseUrl === undefined || names.includes(owner) ? [] : [{ paths, baseUrl }],
  );
  return forwardRoutes({ targets, logger });
}

async function stopService(service: Service, logger: Logger): Promise<void> {
  try {
    await service.stop();
  } catch (error) {
    logger.error('stopping a service failed', error, { service: service.name });
  }
}

function announcementOf(
  { settings, apiToken, tokenIsLocal }: Foundation,
  services: readonly Service[],
  httpPort: number,
): string[] {
  const host = isLoopback(settings.VOORRANG_BIND) ? settings.VOORRANG_BIND : '<this host>';
  const base = `${schemeOf(settings)}://${host.includes(':') ? `[${host}]` : host}:${httpPort}`;
  const servesPages = services.some(({ name }) => name === 'worklist');
  return [
    `http    ${base}`,
    ...services.flatMap((service) => service.ports()),
    // A token that somebody else chose is known to them and does not belong on a screen.
    ...(servesPages ? [tokenIsLocal ? `sign in ${base}/sign-in#token=${apiToken}` : `sign in ${base}/sign-in`] : []),
  ];
}
