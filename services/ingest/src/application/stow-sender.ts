import { originRefusal, type Speaker, VoorrangError } from '@voorrang/kernel';
import type { Senders } from '@voorrang/protocol';
import { type SenderOfImages, senderOfImages } from './senders.ts';

/**
 * Who stores over HTTP: the account that the bearer of the token acts under (`X-Acting-User`) is its calling AE title. So one entry of `senders.yaml` gives site and authority to
 * a sender by whichever door it comes, and the addresses, operations and the refusal of strangers hold here too. Throws `VRG_HTTP_FORBIDDEN`.
 */
export function stowSender(senders: Senders, account: string, speaker: Speaker, site: string): SenderOfImages {
  const sender = senderOfImages(senders, account, site);
  const isStorer = sender.operations === undefined || sender.operations.includes('store');
  // whether HTTP may be without TLS is said for the whole of the interface, not per sender
  const origin = originRefusal(sender, speaker, { plaintextNeedsWaiver: false });
  if (!sender.accepted || !isStorer || origin !== undefined) throw new VoorrangError('VRG_HTTP_FORBIDDEN');
  return sender;
}
