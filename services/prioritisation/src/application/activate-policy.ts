import type { EventBus } from '@voorrang/bus';
import { encodeEvent, eventIdOf, type KnownEvent } from '@voorrang/contracts';
import type { EpochMs, OpaqueKeys } from '@voorrang/kernel';
import type { Protocol } from '@voorrang/protocol';

/** Spool name in the stamps of activations: they have no spool, the bus itself is their first durable place. */
export const governanceIngestId = 'governance';

/**
 * The activation of the loaded protocol, or nothing when it is in force already. `known` are the activations so far, by stamp. It must be asked with
 * everything read that was on the bus, then a restart activates nothing again; a publish whose answer was lost may activate the same text twice,
 * which changes nothing.
 */
export function policyActivation(
  protocol: Protocol,
  known: readonly Extract<KnownEvent, { type: 'policy.activated' }>[],
  now: EpochMs,
  keys: OpaqueKeys,
): KnownEvent | undefined {
  const inForce = known.at(-1);
  if (inForce?.data.hash === protocol.hash) return undefined;
  const [site = 'ALL'] = Object.keys(protocol.sites);
  // Never before the one in force, also when the clock was set back.
  const observedAt = Math.max(now, (inForce?.stamp.observedAt ?? 0) + 1);
  const stamp = { observedAt, ingestId: governanceIngestId, seq: known.length };
  return {
    id: eventIdOf(stamp),
    type: 'policy.activated',
    source: 'voorrang/prioritisation',
    site,
    key: keys.of('governance', site),
    stamp,
    data: { hash: protocol.hash, author: 'protocol directory', files: { ...protocol.files } },
  };
}

export const publishActivation = (bus: EventBus, event: KnownEvent): Promise<void> =>
  bus.publish([{ topic: 'governance', key: event.key, value: encodeEvent(event) }]);
