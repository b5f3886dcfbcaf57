import type { EpochMs } from '@voorrang/kernel';
import { type ChannelKind, type Person, type Protocol, whoIsOnCall } from '@voorrang/protocol';
import type { Channels } from './ports.ts';

export type Target = { readonly person: string; readonly channels: readonly ChannelKind[] };

/** Everybody who holds one of the roles at that instant and can be reached over one of the channels. */
export function targetsOf(
  protocol: Protocol,
  available: Channels,
  wanted: {
    site: string;
    team: string;
    roles: readonly string[];
    person: string | null;
    channels: readonly ChannelKind[];
  },
  at: EpochMs,
): readonly Target[] {
  const zone = protocol.sites[wanted.site]?.timeZone ?? 'UTC';
  const named = wanted.person === null ? [] : [protocol.onCall.people[wanted.person]];
  const held = wanted.roles.flatMap((role) => whoIsOnCall(protocol.onCall, wanted.site, wanted.team, role, at, zone));
  const people = new Map([...named, ...held].flatMap((person) => (person ? [[person.id, person] as const] : [])));
  return [...people.values()]
    .map((person) => ({ person: person.id, channels: usable(person, wanted.channels, available) }))
    .filter(({ channels }) => channels.length > 0);
}

/** The channels of the list over which the person has an address and that are configured, in the order of the list. */
export const usable = (
  person: Person | undefined,
  wanted: readonly ChannelKind[],
  available: Channels,
): readonly ChannelKind[] =>
  [...new Set(wanted)].filter(
    (channel) => available[channel] !== undefined && (person?.channels[channel] ?? '') !== '',
  );

/** The order in which a person's other channels are tried when those of a step have failed. */
export const allChannels: readonly ChannelKind[] = ['voice', 'sms', 'ntfy', 'webhook'];
