import { fileURLToPath } from 'node:url';
import { type Protocol, readProtocolDirectory } from '@voorrang/protocol';
import { addressesOf } from './phones.ts';

export type ProtocolOptions = {
  /** Teams whose routes are in force; STROKE alone unless said. */
  readonly teams?: readonly string[];
  /** Changes the example protocol. */
  readonly protocol?: (protocol: Protocol) => Protocol;
};

const exampleProtocol = fileURLToPath(new URL('../../../../deploy/protocol', import.meta.url));

/** The example protocol with telephones of the story: everybody has a webhook and a voice number. */
export async function storyProtocol({
  teams = ['STROKE'],
  protocol: change = (p) => p,
}: ProtocolOptions): Promise<Protocol> {
  const loaded = await readProtocolDirectory(exampleProtocol);
  if (!loaded.ok) throw new Error('the example protocol does not load');
  const { onCall, alerting, ...rest } = loaded.value;
  const people = Object.fromEntries(
    Object.values(onCall.people).map((one) => {
      const { webhook, voice } = addressesOf(one.id);
      return [one.id, { ...one, channels: { webhook, voice } }];
    }),
  );
  const routes = alerting.routes.filter(({ team }) => teams.includes(team));
  return change({ ...rest, alerting: { ...alerting, routes }, onCall: { ...onCall, people } });
}
