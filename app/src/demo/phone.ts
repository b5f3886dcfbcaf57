import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A telephone of the demonstration: takes the pages of the webhook channel on loopback and tells them. */
export type Phone = { readonly url: string; close(): Promise<void> };

export async function startPhone(tell: (line: string) => void): Promise<Phone> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { team, severity, site, recipient, stepIndex, url } = JSON.parse(
        Buffer.concat(chunks).toString('utf8'),
      ) as Record<string, unknown>;
      tell(`         page to ${recipient}: ${team} ${severity} ${site}, step ${Number(stepIndex) + 1}, ${url}`);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, close };
}
