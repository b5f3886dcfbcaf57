import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ReceivedPage = {
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  readonly text: string;
};

/** A phone provider for stories: takes pages, can be told to answer otherwise. */
export type Webhook = {
  readonly url: string;
  readonly pages: ReceivedPage[];
  answerWith(status: number): void;
  close(): Promise<void>;
};

export async function startWebhook(): Promise<Webhook> {
  const pages: ReceivedPage[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (status < 300)
        pages.push({
          at: Date.now(),
          headers: request.headers,
          body: JSON.parse(text) as Record<string, unknown>,
          text,
        });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`,
    pages,
    answerWith: (next) => {
      status = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
