import { pino } from 'pino';

/** Fields of a log line: codes, counts, opaque ids, durations. Never text that came from a message. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly (string | number)[]>
>;

/** JSON lines on standard error. `child` adds fields to every line. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** `error` is reduced to name, code, kind and stack frames: its message may quote input, so it is left out unless it is ours. */
  error(message: string, error?: unknown, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

type Sink = { write(line: string): void };

export function createLogger(level: LogLevel, sink: Sink = process.stderr): Logger {
  return wrap(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      sink,
    ),
  );
}

/** For tests that do not look at the log. */
export const silentLogger: Logger = createLogger('silent');

function wrap(to: ReturnType<typeof pino>): Logger {
  return {
    debug: (message, fields) => to.debug(fields ?? {}, message),
    info: (message, fields) => to.info(fields ?? {}, message),
    warn: (message, fields) => to.warn(fields ?? {}, message),
    error: (message, error, fields) =>
      to.error({ ...fields, ...(error === undefined ? {} : { error: safeError(error) }) }, message),
    child: (fields) => wrap(to.child(fields)),
  };
}

/** What may be logged of a thrown value. A foreign message can quote a patient's name (JSON.parse does), so only its frames are kept. */
export function safeError(thrown: unknown): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const ours = thrown.name === 'VoorrangError';
  const { code, kind, details } = thrown as { code?: unknown; kind?: unknown; details?: unknown };
  const frames = (thrown.stack ?? '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 8)
    .map((line) => line.trim());
  return {
    name: thrown.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(ours ? { kind, message: thrown.message, details } : {}),
    frames,
    ...(thrown.cause === undefined ? {} : { cause: safeError(thrown.cause) }),
  };
}
