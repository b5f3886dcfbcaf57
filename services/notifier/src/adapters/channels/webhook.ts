import type { WebhookPage } from '@voorrang/contracts';
import { isoOf } from '@voorrang/kernel';
import type { Channel } from '../../application/ports.ts';
import { callProvider, type Fetch, providerHeaders } from './provider-call.ts';

/** JSON to the recipient's URL. The body is the contract; what is told besides a page (`recall`, `update`, `superseded`) is in a header. */
export const webhookChannel = (fetcher: Fetch): Channel => ({
  send: (message, address) => {
    const { alertId, stepIndex, recipient, team, severity, site, url, sentAt, idempotencyKey } = message;
    const body: WebhookPage = {
      alertId,
      stepIndex,
      recipient,
      team,
      severity,
      site,
      url,
      sentAt: isoOf(sentAt),
      idempotencyKey,
    };
    return callProvider(fetcher, address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...providerHeaders(message),
        'voorrang-message': message.kind,
      },
      body: JSON.stringify(body),
    });
  },
});
