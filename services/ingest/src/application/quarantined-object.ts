import type { RefusedObject } from '@voorrang/dicom';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { Quarantined } from '../domain/quarantine.ts';
import { short } from './message-identity.ts';
import { quarantineId, shown, strangers } from './quarantined-message.ts';
import type { SenderOfImages } from './senders.ts';

/** What is kept of an object that was refused: its header as far as it was read, the pixels are gone. */
export function quarantinedObject(
  object: RefusedObject,
  { sender, at, keys }: { readonly sender: SenderOfImages; readonly at: EpochMs; readonly keys: OpaqueKeys },
): Quarantined {
  const { peer, status, comment, header } = object;
  const code = status.toString(16).toUpperCase().padStart(4, '0');
  return {
    id: quarantineId(keys, 'dicom', short(header)),
    kind: 'dicom',
    state: 'open',
    receivedAt: at,
    site: sender.site,
    sender: shown(peer.callingAe),
    room: sender.known ? `dicom ${sender.callingAe}` : strangers,
    address: peer.remoteAddress,
    messageType: shown(object.sopClassUid),
    controlId: shown(object.sopInstanceUid),
    code,
    problems: [{ condition: code, location: 'data set', text: comment }],
    content: header,
    encoding: object.transferSyntax,
  };
}
