import type { Logger } from './logger.ts';

/** Something that was started and can be stopped. */
export type Stoppable = { stop(): Promise<void> };

/**
 * Stops in the given order on SIGTERM or SIGINT, each whatever the one before came to, and then resolves with the exit code.
 * A second signal ends the wait at once: everything durable is durable already.
 */
export function untilStopped(
  parts: readonly (Stoppable & { readonly name: string })[],
  logger: Logger,
): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (stopping) {
        resolve(1);
        return;
      }
      stopping = true;
      logger.info('stopping', { signal });
      void stopAll(parts, logger).then((clean) => resolve(clean ? 0 : 1));
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

async function stopAll(parts: readonly (Stoppable & { readonly name: string })[], logger: Logger): Promise<boolean> {
  let clean = true;
  for (const part of parts) {
    try {
      await part.stop();
    } catch (error) {
      clean = false;
      logger.error('stopping failed', error, { part: part.name });
    }
  }
  return clean;
}
