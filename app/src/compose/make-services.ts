import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAiResults } from '@voorrang/ai-results';
import { openSpool, type ParkingStore } from '@voorrang/bus';
import { coalesceSeries, createIngest } from '@voorrang/ingest';
import { createNotifier, notifierConfigOf } from '@voorrang/notifier';
import { type Service, type Settings, tlsFilesOf } from '@voorrang/platform';
import { createPrioritisation } from '@voorrang/prioritisation';
import { sharedMigrations, sqlParkingStore } from '@voorrang/sql';
import { createWorklist } from '@voorrang/worklist';
import type { Foundation } from './foundation.ts';
import { evidenceDirectory, snapshotDirectory, spoolDirectory } from './places.ts';
import type { ServiceName } from './service-names.ts';

type Maker = (foundation: Foundation) => Promise<Service>;

/** One composition function per service, called with what it needs of the foundation and nothing else. */
const makers: Readonly<Record<ServiceName, Maker>> = {
  ingest: async (foundation) => {
    const { settings, bus, clock, fileSystem } = foundation;
    const spool = await openSpool({
      directory: join(settings.VOORRANG_DATA_DIR, spoolDirectory),
      fileSystem,
      bus,
      clock,
      newIngestId: () => `ingest-${randomUUID()}`,
      limitBytes: settings.VOORRANG_SPOOL_LIMIT_MB * 2 ** 20,
      coalesce: coalesceSeries,
    });
    const evidence = {
      directory: join(settings.VOORRANG_DATA_DIR, evidenceDirectory),
      fileSystem,
      limitBytes: settings.VOORRANG_EVIDENCE_LIMIT_MB * 2 ** 20,
    };
    return createIngest(
      {
        bind: settings.VOORRANG_BIND,
        dicomPort: settings.VOORRANG_DICOM_PORT,
        aeTitle: settings.VOORRANG_AE_TITLE,
        mllpPort: settings.VOORRANG_MLLP_PORT,
        dicomTlsPort: settings.VOORRANG_DICOM_TLS_PORT,
        mllpTlsPort: settings.VOORRANG_MLLP_TLS_PORT,
        tls: tlsFilesOf(settings),
        plaintextWaivers: { dicom: waivedAt(settings, 'dicom'), mllp: waivedAt(settings, 'mllp') },
        site: settings.VOORRANG_SITE,
        settleSeconds: settings.VOORRANG_SETTLE_SECONDS,
        hardLimitSeconds: settings.VOORRANG_HARD_LIMIT_SECONDS,
        clockSkewLimitSeconds: settings.VOORRANG_CLOCK_SKEW_LIMIT_SECONDS,
        retentionDays: settings.VOORRANG_RETENTION_DAYS,
      },
      { ...foundation, sql: sqlOf(foundation), spool, evidence },
    );
  },
  'ai-results': async (foundation) =>
    createAiResults({ site: foundation.settings.VOORRANG_SITE }, { ...foundation, sql: sqlOf(foundation) }),
  prioritisation: async (foundation) =>
    createPrioritisation(
      { snapshotDirectory: join(foundation.settings.VOORRANG_DATA_DIR, snapshotDirectory) },
      { ...foundation, store: storeOf(foundation), parking: await parkingOf(foundation) },
    ),
  notifier: async (foundation) =>
    createNotifier(notifierConfigOf(foundation.settings), {
      ...foundation,
      sql: sqlOf(foundation),
      parkedBefore: await parkingOf(foundation),
    }),
  worklist: async (foundation) =>
    createWorklist(
      { site: foundation.settings.VOORRANG_SITE, sites: Object.keys(foundation.protocol.sites) },
      { ...foundation, store: storeOf(foundation), sql: sqlOf(foundation) },
    ),
};

/** Names of peers that may speak without TLS at one kind of listener. */
const waivedAt = ({ VOORRANG_PLAINTEXT_WAIVER: waivers = '' }: Settings, listener: string): string[] =>
  waivers
    .split(',')
    .flatMap((waiver) => (waiver.startsWith(`${listener}:`) ? [waiver.slice(listener.length + 1)] : []));

export const makeServices = async (foundation: Foundation, names: readonly ServiceName[]): Promise<Service[]> => {
  const services: Service[] = [];
  for (const name of names) services.push(await makers[name](foundation));
  return services;
};

const sqlOf = ({ sql }: Foundation): NonNullable<Foundation['sql']> => present(sql, 'database');
const storeOf = ({ store }: Foundation): NonNullable<Foundation['store']> => present(store, 'worklist store');

/** Parked messages of the services without a table of their own for them. */
const parkingOf = async (foundation: Foundation): Promise<ParkingStore> =>
  sqlParkingStore(await sqlOf(foundation).open('parking', sharedMigrations('parking')), 'parking');

function present<T>(adapter: T | undefined, what: string): T {
  if (adapter === undefined) throw new Error(`the foundation was laid without a ${what}`);
  return adapter;
}
