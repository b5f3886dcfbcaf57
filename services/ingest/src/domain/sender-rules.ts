import { type Origin, type OriginRefusal, originRefusal, type Speaker } from '@voorrang/kernel';

/** How one kind of listener (DICOM, MLLP) treats peers without TLS. */
export type ListenerRules = {
  /** Bound to more than loopback: who speaks without TLS must be waived by name. */
  readonly plaintextNeedsWaiver: boolean;
  /** Calling AE titles or names of MSH-3. */
  readonly waived: ReadonlySet<string>;
};

/** `unknown`: no entry of the protocol names it, and the fallback refuses strangers. */
export type SenderRefusal = 'unknown' | OriginRefusal;

/** Why somebody may not speak as this sender, or `undefined`. `name`: as it calls itself. */
export function refusalOfSender(
  sender: Origin & { readonly accepted: boolean },
  name: string,
  speaker: Speaker,
  { plaintextNeedsWaiver, waived }: ListenerRules,
): SenderRefusal | undefined {
  if (!sender.accepted) return 'unknown';
  const plaintext = sender.plaintext === true || waived.has(name);
  return originRefusal({ ...sender, plaintext }, speaker, { plaintextNeedsWaiver });
}
