import type { Operation, SenderStatus } from '@voorrang/contracts';
import { assertNever } from '@voorrang/kernel';
import type { SenderState, StoredOperation } from './ports.ts';
import type { WatchedSender, WatchedSenders } from './watched-senders.ts';

/** A notice in words of both languages, with the names that people know. */
export function operationView(stored: StoredOperation, senders: WatchedSenders): Operation {
  const { detail, ...operation } = stored;
  return {
    ...operation,
    text: textOf(stored, senders.byId.get(stored.subject)),
    ...(Object.keys(detail).length === 0 ? {} : { detail: detail as NonNullable<Operation['detail']> }),
  };
}

function textOf(
  { kind, subject, count, site, detail }: StoredOperation,
  sender: WatchedSender | undefined,
): Operation['text'] {
  const name = sender === undefined ? subject : `${sender.name} (${sender.protocol === 'hl7' ? 'HL7' : 'DICOM'})`;
  const s = (one: string, more: string): string => (count === 1 ? one : more);
  switch (kind) {
    case 'sender-silent':
      return {
        en: `${name} has been silent for longer than usual`,
        nl: `${name} zwijgt langer dan gewoonlijk`,
      };
    case 'sender-clock-skew': {
      const off = Number(detail.clockSkewSeconds ?? 0);
      return {
        en: `The clock of ${name} is ${Math.abs(off)} s ${off < 0 ? 'behind' : 'ahead'}`,
        nl: `De klok van ${name} loopt ${Math.abs(off)} s ${off < 0 ? 'achter' : 'voor'}`,
      };
    }
    case 'order-without-images':
      return {
        en: `${count} ${s('order has', 'orders have')} no images yet (${site})`,
        nl: `${count} ${s('aanvraag heeft', 'aanvragen hebben')} nog geen beelden (${site})`,
      };
    case 'images-without-order':
      return {
        en: `${count} ${s('study has', 'studies have')} images but no order (${site})`,
        nl: `${count} ${s('onderzoek heeft', 'onderzoeken hebben')} beelden maar geen aanvraag (${site})`,
      };
    case 'missing-at-pacs':
      return {
        en: `${count} ${s('study', 'studies')} that came here ${s('is', 'are')} not in PACS ${subject}`,
        nl: `${count} ${s('onderzoek', 'onderzoeken')} hier ontvangen ${s('staat', 'staan')} niet in PACS ${subject}`,
      };
    case 'missing-here': {
      const remaining = Number(detail.remaining ?? 0);
      return {
        en: `${count} ${s('study', 'studies')} in PACS ${subject} did not come here, or not with all images${remaining === 0 ? '' : `; ${remaining} of them are not on the list yet`}`,
        nl: `${count} ${s('onderzoek', 'onderzoeken')} in PACS ${subject} ${s('kwam', 'kwamen')} hier niet of niet volledig aan${remaining === 0 ? '' : `; ${remaining} daarvan nog niet op de lijst`}`,
      };
    }
    case 'pacs-comparison-failed':
      return {
        en: `PACS ${subject} could not be compared`,
        nl: `PACS ${subject} kon niet worden vergeleken`,
      };
    case 'quarantine':
      return {
        en: `${count} ${s('message', 'messages')} in quarantine (${name})`,
        nl: `${count} ${s('bericht', 'berichten')} in quarantaine (${name})`,
      };
    default:
      return assertNever(kind);
  }
}

export function senderView(sender: WatchedSender, state: SenderState | undefined): SenderStatus {
  return {
    site: sender.site,
    protocol: sender.protocol,
    name: sender.name,
    lastHeardAt: state?.lastHeardAt ?? null,
    messagesLastHour: state?.messagesLastHour ?? 0,
    watched: sender.heartbeat !== null,
    expectedSilenceMs: state?.expectedSilenceMs ?? null,
    silent: (state?.silentSince ?? null) !== null,
    clockSkewMs: state?.clockSkewMs ?? null,
    tls: state?.tls ?? null,
  };
}
