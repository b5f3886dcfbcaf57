import { type Hl7Header, type Hl7Problem, locationText } from '@voorrang/hl7';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { Quarantined, QuarantineProblem } from '../domain/quarantine.ts';
import type { MessageIdentity } from './message-identity.ts';
import type { SenderOfMessages } from './senders.ts';

/** Room of all that no entry of the protocol names: strangers never take that of a sender. */
export const strangers = 'unregistered';

export type Came = {
  readonly bytes: Uint8Array;
  readonly header: Hl7Header | null;
  readonly identity: MessageIdentity;
  readonly sender: SenderOfMessages;
  readonly address: string;
  readonly at: EpochMs;
};

/** Id of what the quarantine keeps of this content, whether it keeps it or not. */
export const quarantineId = (keys: OpaqueKeys, kind: Quarantined['kind'], content: string): string =>
  keys.of('quarantine', kind, content);

/** What is kept of a message that was refused (`open`) or whose control id was used before (`flagged`). */
export function quarantinedMessage(
  { bytes, header, identity, sender, address, at }: Came,
  told: {
    readonly state: Quarantined['state'];
    readonly code: string;
    readonly problems: readonly QuarantineProblem[];
  },
  keys: OpaqueKeys,
): Quarantined {
  return {
    ...told,
    id: quarantineId(keys, 'hl7', identity.content),
    kind: 'hl7',
    receivedAt: at,
    site: sender.site,
    sender: shown([header?.sendingApplication ?? '', header?.sendingFacility ?? ''].join('|')),
    room: sender.known ? `hl7 ${shown(`${sender.application}|${sender.facility}`)}` : strangers,
    address,
    messageType: shown([header?.messageType ?? '', header?.triggerEvent ?? ''].filter(Boolean).join('^')),
    controlId: shown(header?.controlId ?? ''),
    content: bytes,
    encoding: '',
  };
}

export const problemsToldOf = (problems: readonly Hl7Problem[]): QuarantineProblem[] =>
  problems.map(({ condition, location, text }) => ({
    condition: String(condition),
    location: locationText(location),
    text,
  }));

/** Text of a stranger for a column: without control characters, which PostgreSQL refuses and a page must not show. */
export const shown = (text: string): string => text.replace(/\p{Cc}/gu, '').slice(0, 64);
