import type { Channel } from '../../application/ports.ts';
import { callProvider, type Fetch, providerHeaders } from './provider-call.ts';
import { textOf, titleOf } from './wording.ts';

/** ntfy (https://docs.ntfy.sh/publish/): POST of the text to the recipient's topic URL. Priority 5 wakes, 4 is for news about an earlier page. */
export const ntfyChannel = (fetcher: Fetch): Channel => ({
  send: (message, address) =>
    callProvider(fetcher, address, {
      method: 'POST',
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        ...providerHeaders(message),
        title: headerText(titleOf(message)),
        priority: message.kind === 'page' ? '5' : '4',
        tags: message.kind === 'page' ? 'rotating_light' : 'information_source',
        click: message.url,
      },
      body: textOf(message),
    }),
});

/** A header holds ASCII; ntfy reads other text in the encoded form of RFC 2047. */
const headerText = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
