import type { EpochMs } from '@voorrang/kernel';
import { type Protocol, whoIsOnCall } from '@voorrang/protocol';

export type OnCallItem = {
  readonly site: string;
  readonly team: string;
  readonly roles: readonly {
    readonly role: string;
    readonly people: readonly { readonly id: string; readonly name: string }[];
  }[];
};

/** Who is on call for each team at an instant; a role that nobody holds is there with nobody in it. */
export function onCallAt(protocol: Protocol, at: EpochMs, site?: string): readonly OnCallItem[] {
  const sites = Object.entries(protocol.sites).filter(([code]) => site === undefined || code === site);
  return sites.flatMap(([code, { timeZone }]) =>
    Object.values(protocol.alerting.teams).map(({ team, steps }) => ({
      site: code,
      team,
      roles: [...new Set(steps.flatMap(({ roles }) => roles))].map((role) => ({
        role,
        people: whoIsOnCall(protocol.onCall, code, team, role, at, timeZone).map(({ id, name }) => ({ id, name })),
      })),
    })),
  );
}
