import type { Channel, PageMessage } from '../../application/ports.ts';
import { callProvider, type Fetch, providerHeaders } from './provider-call.ts';
import { textOf, titleOf } from './wording.ts';

/** A generic HTTP gateway: `{ to, text, idempotencyKey }` as JSON to its URL. `to` is the recipient's telephone number. */
const gatewayChannel = (fetcher: Fetch, gatewayUrl: string, words: (message: PageMessage) => string): Channel => ({
  send: (message, address) =>
    callProvider(fetcher, gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...providerHeaders(message) },
      body: JSON.stringify({ to: address, text: words(message), idempotencyKey: message.idempotencyKey }),
    }),
});

export const smsChannel = (fetcher: Fetch, gatewayUrl: string): Channel =>
  gatewayChannel(fetcher, gatewayUrl, (message) => `${titleOf(message)}. ${textOf(message)} ${message.url}`);

/** What a voice says: no address, nobody can hear a link. */
export const voiceChannel = (fetcher: Fetch, gatewayUrl: string): Channel =>
  gatewayChannel(
    fetcher,
    gatewayUrl,
    (message) => `Voorrang. ${titleOf(message)}. ${textOf(message)} Open Voorrang to acknowledge.`,
  );
