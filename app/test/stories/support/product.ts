import {
  freePort,
  spawnVoorrang,
  tempDirectory,
  type VoorrangProcess,
  waitUntil,
} from '@voorrang/testing/infrastructure';

export const apiToken = 'token-of-the-stories-0123456789';

export type Ports = { readonly http: number; readonly dicom: number; readonly mllp: number };
export type Answer<T> = { readonly status: number; readonly body: T };

/** The product as a user starts it: a child process with its own data directory and free ports. */
export type Product = {
  readonly ports: Ports;
  readonly base: string;
  readonly dataDirectory: string;
  /** Everything the processes wrote to standard output and error so far. */
  output(): string;
  start(environment?: Record<string, string>): Promise<void>;
  isRunning(): boolean;
  /** Process id of the running one. */
  readonly pid: number;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** Exit code of the process once it has ended, `null` after a signal. */
  ended(): Promise<number | null>;
  /** SIGTERM, as an operator would. */
  stop(): Promise<number | null>;
  dispose(): Promise<void>;
  /** One call of the HTTP API with the token of the stories, acting as `as` when given. */
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown, as?: string): Promise<Answer<T>>;
};

/** `under`, given the data directory, is the command line of a program that the process runs under. */
export async function embeddedProduct(
  environment: Record<string, string> = {},
  under: (dataDirectory: string) => readonly string[] = () => [],
): Promise<Product> {
  const directory = await tempDirectory('voorrang-story-');
  const ports: Ports = { http: await freePort(), dicom: await freePort(), mllp: await freePort() };
  const base = `http://127.0.0.1:${ports.http}`;
  const processes: VoorrangProcess[] = [];
  const current = (): VoorrangProcess | undefined => processes.at(-1);
  return {
    ports,
    base,
    dataDirectory: directory.path,
    output: () => processes.map(({ lines, log }) => lines.join('\n') + log).join('\n'),
    start: async (more = {}) => {
      const settings = {
        VOORRANG_HTTP_PORT: String(ports.http),
        VOORRANG_DICOM_PORT: String(ports.dicom),
        VOORRANG_MLLP_PORT: String(ports.mllp),
        VOORRANG_DATA_DIR: directory.path,
        VOORRANG_API_TOKEN: apiToken,
        ...environment,
        ...more,
      };
      const process = spawnVoorrang(['start'], settings, under(directory.path));
      processes.push(process);
      await process.ready();
      await waitUntil(async () => (await fetch(`${base}/health/ready`)).status === 200, {
        deadlineMs: 20_000,
        what: 'a positive /health/ready',
      });
    },
    isRunning: () => current()?.running === true,
    get pid() {
      return current()?.pid ?? -1;
    },
    kill: async () => current()?.kill9(),
    ended: async () => (await current()?.exited) ?? null,
    stop: async () => (await current()?.stop()) ?? null,
    dispose: async () => {
      if (current()?.running === true) await current()?.kill9();
      await directory.remove();
    },
    api: (method, path, body, as) => request(base, method, path, body, as),
  };
}

export async function request<T>(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  as?: string,
): Promise<Answer<T>> {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiToken}`,
      'content-type': 'application/json',
      ...(as === undefined ? {} : { 'x-acting-user': as }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
}
