import type { Heartbeat, Hl7Sender, Protocol } from '@voorrang/protocol';

/** A sender that the protocol names: what is heard of others is not watched. */
export type WatchedSender = {
  /** `dicom EXCT1` or `hl7 EXRIS|EXHOSP`: how it is kept and told. */
  readonly id: string;
  readonly protocol: 'dicom' | 'hl7';
  readonly name: string;
  readonly site: string;
  readonly timeZone: string;
  readonly heartbeat: Heartbeat | null;
};

export type WatchedSenders = {
  readonly all: readonly WatchedSender[];
  readonly byId: ReadonlyMap<string, WatchedSender>;
  readonly ofImages: (callingAe: string) => WatchedSender | undefined;
  /** By MSH-3 and MSH-4; the entry that names more of them wins, as for the mapping. */
  readonly ofMessages: (application: string, facility: string) => WatchedSender | undefined;
};

export function watchedSenders({ senders, sites }: Pick<Protocol, 'senders' | 'sites'>): WatchedSenders {
  const place = (site: string) => ({ site, timeZone: sites[site]?.timeZone ?? 'UTC' });
  const dicom = senders.dicom.map(
    ({ callingAe, site, heartbeat }): WatchedSender => ({
      id: `dicom ${callingAe}`,
      protocol: 'dicom',
      name: callingAe,
      ...place(site),
      heartbeat: heartbeat ?? null,
    }),
  );
  const hl7 = senders.hl7.map(
    (sender): WatchedSender => ({
      id: `hl7 ${nameOf(sender)}`,
      protocol: 'hl7',
      name: nameOf(sender),
      ...place(sender.site),
      heartbeat: sender.heartbeat ?? null,
    }),
  );
  const byId = new Map([...dicom, ...hl7].map((sender) => [sender.id, sender]));
  return {
    all: [...byId.values()],
    byId,
    ofImages: (callingAe) => byId.get(`dicom ${callingAe}`),
    ofMessages: (application, facility) =>
      byId.get(`hl7 ${application}|${facility}`) ??
      byId.get(`hl7 ${application}|*`) ??
      byId.get(`hl7 *|${facility}`) ??
      byId.get('hl7 *|*'),
  };
}

const nameOf = ({ application, facility }: Hl7Sender): string => `${application}|${facility}`;
