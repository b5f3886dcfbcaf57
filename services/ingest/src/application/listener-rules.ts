import type { PeerRules } from '@voorrang/dicom';
import type { Speaker } from '@voorrang/kernel';
import type { Senders } from '@voorrang/protocol';
import { type ListenerRules, refusalOfSender } from '../domain/sender-rules.ts';

export type Listening = {
  /** Bound to more than loopback. */
  readonly open: boolean;
  readonly waivers: { readonly dicom: readonly string[]; readonly mllp: readonly string[] };
  /** Whether there is a listener with TLS, and whether its peers must show a certificate of our authority. */
  readonly tls: { readonly dicom: boolean; readonly mllp: boolean; readonly certificateRequired: boolean };
};

/** What one kind of listener does: whether it opens without TLS at all, and for whom. */
export type ListenerPlan = { readonly plaintext: boolean; readonly rules: ListenerRules };
export type ListenerPlans = {
  readonly dicom: ListenerPlan;
  readonly mllp: ListenerPlan;
  readonly problems: readonly string[];
};

/**
 * Without TLS a listener that is open to more than loopback is there for the waived only, and not at all where nobody is. `problems`: what makes the start
 * unsafe or is a slip of the pen.
 */
export function planListeners({ open, waivers, tls }: Listening, senders: Senders): ListenerPlans {
  const plan = (names: readonly string[], entries: readonly { readonly plaintext?: boolean }[]): ListenerPlan => ({
    plaintext: !open || names.length > 0 || entries.some(({ plaintext }) => plaintext === true),
    rules: { plaintextNeedsWaiver: open, waived: new Set(names) },
  });
  const unknown = [
    ...unnamed(
      'dicom',
      waivers.dicom,
      senders.dicom.map(({ callingAe }) => callingAe),
    ),
    ...unnamed(
      'mllp',
      waivers.mllp,
      senders.hl7.map(({ application }) => application),
    ),
  ];
  const strangers =
    open && (tls.dicom || tls.mllp) && !tls.certificateRequired && senders.fallback.unknown !== 'refuse';
  return {
    dicom: plan(waivers.dicom, senders.dicom),
    mllp: plan(waivers.mllp, senders.hl7),
    problems: [
      ...unknown,
      ...(strangers
        ? [
            'anybody could send over TLS: set fallback.unknown to refuse in senders.yaml, or require client certificates',
          ]
        : []),
    ],
  };
}

const unnamed = (listener: string, names: readonly string[], known: readonly string[]): string[] =>
  names
    .filter((name) => !known.includes(name) && !known.includes('*'))
    .map((name) => `VOORRANG_PLAINTEXT_WAIVER names ${listener}:${name}, which no sender of the protocol is called`);

/** The senders of the protocol as the DICOM listener asks for them. */
export const peerRules = (
  { dicom, fallback }: Senders,
  { plaintextNeedsWaiver, waived }: ListenerRules,
): PeerRules => ({
  peers: dicom.map((sender) => ({ ...sender, plaintext: sender.plaintext === true || waived.has(sender.callingAe) })),
  unknown: fallback.unknown ?? 'accept',
  plaintextNeedsWaiver,
});

/**
 * Whether somebody at the other end of a connection could be any sender of messages at all, whatever MSH will say: asked before a byte is read, so that
 * strangers hold no place and get no answer. Who passes is looked at again with each message.
 */
export function mayConnect({ hl7, fallback }: Senders, speaker: Speaker, rules: ListenerRules): boolean {
  const stranger = fallback.unknown === 'refuse' ? [] : [{ application: '*' }];
  // An entry for any MSH-3 may be any of those that were waived.
  return [...hl7, ...stranger].some((sender) => {
    const names = sender.application === '*' ? ['', ...rules.waived] : [sender.application];
    return names.some((name) => refusalOfSender({ ...sender, accepted: true }, name, speaker, rules) === undefined);
  });
}
