import type { Clock } from '@voorrang/kernel';
import { createHttpApp, createMetrics, listen, type Service, silentLogger } from '@voorrang/platform';

const apiToken = 'a-token-for-the-stories';

export type ApiServer = {
  call(method: string, path: string, by: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
};

/** The service behind the product's own HTTP application, on loopback. */
export async function serveApi(service: Service, clock: Clock): Promise<ApiServer> {
  const auth = { apiToken, clock, secureCookie: false };
  const app = createHttpApp({ services: [service], auth, logger: silentLogger, metrics: createMetrics() });
  const server = await listen(app, 0, '127.0.0.1');
  return {
    call: async (method, path, by, body) => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
        method,
        headers: { authorization: `Bearer ${apiToken}`, 'x-acting-user': by, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    close: async () => {
      await server.close();
    },
  };
}
