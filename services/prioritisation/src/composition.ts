import { randomUUID } from 'node:crypto';
import type { EventBus, ParkingStore } from '@voorrang/bus';
import type { FileSystem } from '@voorrang/journal';
import type { HealthPart, Service, ServiceContext } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import type { WorklistWriter } from '@voorrang/worklist-store';
import { Router } from 'express';
import { readSnapshot, writeSnapshot } from './adapters/snapshot-file/snapshot-file.ts';
import { Running, serviceName } from './application/running.ts';
import { configWithDefaults, type PrioritisationConfig } from './config.ts';

export type { PrioritisationConfig } from './config.ts';

export type PrioritisationContext = ServiceContext & {
  readonly bus: EventBus;
  readonly store: WorklistWriter;
  readonly protocol: Protocol;
  /** Where messages that can never be handled are kept. */
  readonly parking: ParkingStore;
  readonly fileSystem: FileSystem;
  /** Names a new content of the store; random unless given. */
  readonly newEpoch?: () => string;
};

/** Folds all facts into the worklist. Wires only; `start` reads the snapshot, subscribes, and brings the store up in the background. */
export function createPrioritisation(config: PrioritisationConfig, context: PrioritisationContext): Service {
  const settings = configWithDefaults(config);
  const { fileSystem } = context;
  const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let running: Running | undefined;
  return {
    name: serviceName,
    routes: Router(),
    ports: () => [],
    health: () => running?.health() ?? notStarted,
    start: async () => {
      running = new Running(settings, {
        ...context,
        newEpoch: context.newEpoch ?? randomUUID,
        breathe,
        snapshots: {
          read: () => readSnapshot(fileSystem, settings.snapshotDirectory),
          write: (header, parts) => writeSnapshot(fileSystem, settings.snapshotDirectory, header, parts, breathe),
        },
      });
      running.start();
    },
    stop: async () => {
      await running?.stop();
      running = undefined;
    },
  };
}

const notStarted: Readonly<Record<string, HealthPart>> = { projection: { ok: false, detail: 'not started' } };
