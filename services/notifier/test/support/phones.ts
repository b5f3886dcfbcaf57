import type { ChannelKind } from '@voorrang/protocol';

/** What arrived at a phone. `kind` as the wording or the header tells it. */
export type ArrivedPage = {
  readonly person: string;
  readonly channel: ChannelKind;
  readonly kind: 'page' | 'recall' | 'update' | 'superseded';
  readonly idempotencyKey: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'hang' | 'reset';

export const smsGateway = 'https://gateway.test/sms';
export const voiceGateway = 'https://gateway.test/voice';

/** Addresses of a person over all channels of the test provider. */
export const addressesOf = (person: string): Record<ChannelKind, string> => ({
  webhook: `https://phone.test/webhook/${person}`,
  ntfy: `https://phone.test/ntfy/${person}`,
  sms: `tel:${person}`,
  voice: `tel:${person}`,
});

/** All providers of a story, behind one `fetch`. A page that no test expected stays and fails the story. */
export class Phones {
  readonly everything: ArrivedPage[] = [];
  readonly #unexpected: ArrivedPage[] = [];
  readonly #answers = new Map<string, Answer[]>();
  readonly #hanging: (() => void)[] = [];
  inFlight = 0;
  /** While set, every provider answers so. */
  outage: Answer | undefined;

  /** The next calls to a person's channel are answered so; after that, and by default, 200. */
  answer(person: string, channel: ChannelKind, ...answers: readonly Answer[]): void {
    this.#answers.set(`${person}/${channel}`, [...answers]);
  }

  take(person: string, wanted: Partial<Pick<ArrivedPage, 'channel' | 'kind'>>): ArrivedPage | undefined {
    const at = this.#unexpected.findIndex(
      (page) =>
        page.person === person &&
        page.kind === (wanted.kind ?? 'page') &&
        (wanted.channel === undefined || page.channel === wanted.channel),
    );
    return at < 0 ? undefined : this.#unexpected.splice(at, 1)[0];
  }

  takeAll(): readonly ArrivedPage[] {
    return this.#unexpected.splice(0);
  }

  get unexpected(): readonly ArrivedPage[] {
    return this.#unexpected;
  }

  /** Lets go of calls that hang, as a connection that breaks at last. */
  releaseHanging(): void {
    for (const release of this.#hanging.splice(0)) release();
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const page = arrived(String(input), init ?? {});
    this.everything.push(page);
    const answer = this.outage ?? this.#answers.get(`${page.person}/${page.channel}`)?.shift() ?? { status: 200 };
    if (answer === 'hang' || answer === 'reset' || answer.status < 300) this.#unexpected.push(page);
    if (answer === 'reset') throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
    this.inFlight += 1;
    try {
      if (answer === 'hang') {
        await new Promise<void>((resolve) => this.#hanging.push(resolve));
        throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
      }
      return new Response(null, { status: answer.status, headers: answer.headers ?? {} });
    } finally {
      this.inFlight -= 1;
    }
  };
}

function arrived(url: string, init: RequestInit): ArrivedPage {
  const headers = Object.fromEntries(new Headers(init.headers).entries());
  const body = String(init.body ?? '');
  const common = { url, headers, body, idempotencyKey: headers['idempotency-key'] ?? '' };
  if (url.startsWith('https://gateway.test/')) {
    const { to, text } = JSON.parse(body) as { to: string; text: string };
    const channel = url === smsGateway ? 'sms' : 'voice';
    return { ...common, channel, person: to.slice('tel:'.length), kind: kindOf(text) };
  }
  const [channel, person = ''] = new URL(url).pathname.slice(1).split('/');
  if (channel === 'ntfy') return { ...common, channel, person, kind: kindOf(headers.title ?? '') };
  return { ...common, channel: 'webhook', person, kind: headers['voorrang-message'] as ArrivedPage['kind'] };
}

function kindOf(text: string): ArrivedPage['kind'] {
  if (text.includes('RECALLED')) return 'recall';
  if (text.includes('changed')) return 'update';
  return text.includes('continues') ? 'superseded' : 'page';
}
