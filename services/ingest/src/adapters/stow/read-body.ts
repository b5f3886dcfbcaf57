import type { IncomingMessage } from 'node:http';
import { type Clock, type DurationMs, minutes, seconds, VoorrangError } from '@voorrang/kernel';
import { malformed } from './multipart-reader.ts';

/** How long a sender may be silent while it is listened to. */
const idleMs: DurationMs = seconds(30);
const lookMs: DurationMs = seconds(5);
/** After this long a body has come at least this fast, so that nobody holds a place with a few bytes. */
const slowAfterMs: DurationMs = minutes(1);
const bytesPerSecond = 4096;

/**
 * Gives the body of a request piece by piece; the sender is not read while a piece is worked on. Unlike `for await` it leaves the connection open when it fails, so that the reason can
 * be answered. Rejects with what `onPiece` rejects with, with `VRG_HTTP_TIMEOUT` for a sender that is silent or slow, and with `VRG_HTTP_MALFORMED` when it goes.
 */
export async function readBody(
  request: IncomingMessage,
  clock: Clock,
  onPiece: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const stopped = new AbortController();
  const startedAt = clock.now();
  let listeningSince: number | undefined = startedAt;
  let total = 0;
  let working: Promise<void> = Promise.resolve();

  const onData = (bytes: Buffer): void => {
    request.pause();
    listeningSince = undefined;
    total += bytes.length;
    working = onPiece(bytes).then(() => {
      listeningSince = clock.now();
      request.resume();
    }, ended.reject);
  };
  // the end is told with the last piece, which is still being worked on
  const onEnd = (): void => void working.then(ended.resolve);
  const onGone = (): void => {
    if (!request.complete) ended.reject(malformed('the body was cut off'));
  };
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.wait(lookMs, stopped.signal);
      const now = clock.now();
      const isSilent = listeningSince !== undefined && now - listeningSince > idleMs;
      const isSlow = now - startedAt > slowAfterMs && total < ((now - startedAt) / 1000) * bytesPerSecond;
      if (isSilent || isSlow) ended.reject(new VoorrangError('VRG_HTTP_TIMEOUT'));
    }
  };

  request.on('data', onData).once('end', onEnd).once('close', onGone).once('error', onGone);
  void watch();
  try {
    await ended.promise;
  } finally {
    stopped.abort();
    request.off('data', onData).off('end', onEnd).off('close', onGone);
  }
}
