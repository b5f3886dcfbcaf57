import { freePort, spawnVoorrang, tempDirectory, waitUntil } from '@voorrang/testing/infrastructure';

const token = 'token-of-the-benchmarks-0123456789';

/** The product as a user starts it, in a child process with fresh data. */
export type RunningProduct = {
  readonly base: string;
  readonly dicomPort: number;
  readonly mllpPort: number;
  readonly pid: number;
  /** Milliseconds from the start of the process to the first positive `/health/ready`. */
  readonly readyMs: number;
  readonly headers: Readonly<Record<string, string>>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** With `dataDirectory` the data of an earlier process is taken over and stays; else it is fresh and goes with the process. */
export async function startProduct(
  settings: Readonly<Record<string, string>> = {},
  dataDirectory?: string,
): Promise<RunningProduct> {
  const directory =
    dataDirectory === undefined ? await tempDirectory() : { path: dataDirectory, remove: async () => {} };
  const [http, dicom, mllp] = [await freePort(), await freePort(), await freePort()];
  const begin = performance.now();
  const product = spawnVoorrang(['start'], {
    VOORRANG_HTTP_PORT: String(http),
    VOORRANG_DICOM_PORT: String(dicom),
    VOORRANG_MLLP_PORT: String(mllp),
    VOORRANG_DATA_DIR: directory.path,
    VOORRANG_API_TOKEN: token,
    VOORRANG_LOG_LEVEL: 'warn',
    ...settings,
  });
  const base = `http://127.0.0.1:${http}`;
  await product.ready();
  await waitUntil(async () => (await fetch(`${base}/health/ready`)).status === 200, {
    deadlineMs: 120_000,
    what: 'a positive /health/ready',
  });
  const readyMs = performance.now() - begin;
  return {
    base,
    dicomPort: dicom,
    mllpPort: mllp,
    pid: product.pid,
    readyMs,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    [Symbol.asyncDispose]: async () => {
      await product.stop();
      await directory.remove();
    },
  };
}
