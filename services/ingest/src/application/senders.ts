import type { Hl7Sender, Protocol, Senders } from '@voorrang/protocol';

export type SenderOfImages = { readonly site: string; readonly authority: string };

/** Site and assigning authority of a calling AE title, else those of the fallback. */
export function senderOfImages({ dicom, fallback }: Senders, callingAe: string, fallbackSite: string): SenderOfImages {
  const known = dicom.find((sender) => sender.callingAe === callingAe);
  return known === undefined
    ? { site: fallbackSite, authority: fallback.authority }
    : { site: known.site, authority: known.authority };
}

export type SenderOfMessages = SenderOfImages & { readonly charset: string; readonly timeZone: string };

/** Site, authority and character set by MSH-3 and MSH-4; the entry that names more of them wins. */
export function senderOfMessages(
  { senders, sites }: Pick<Protocol, 'senders' | 'sites'>,
  application: string,
  facility: string,
  fallbackSite: string,
): SenderOfMessages {
  const fits = (wanted: string, given: string): boolean => wanted === '*' || wanted === given;
  const exactness = (sender: Hl7Sender): number => Number(sender.application !== '*') + Number(sender.facility !== '*');
  const known = senders.hl7
    .filter((sender) => fits(sender.application, application) && fits(sender.facility, facility))
    .toSorted((a, b) => exactness(b) - exactness(a))[0];
  const site = known?.site ?? fallbackSite;
  return {
    site,
    authority: known?.authority ?? senders.fallback.authority,
    charset: known?.charset ?? senders.fallback.charset,
    timeZone: sites[site]?.timeZone ?? 'UTC',
  };
}
