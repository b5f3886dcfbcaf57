import type { Receipt } from '@voorrang/bus';
import type { Quarantined } from '../domain/quarantine.ts';
import type { MessageReceipt } from '../domain/receipts.ts';

/** What the edges put beside facts: that a message was taken, or a copy that the quarantine is to keep. */
export const takenReceipt = (receipt: MessageReceipt): Receipt => ({ kind: 'taken', ...receipt });

export const flaggedReceipt = ({ content, ...entry }: Quarantined): Receipt => ({
  kind: 'flagged',
  entry,
  content: Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64'),
});

export type Sorted = { readonly taken: readonly MessageReceipt[]; readonly flagged: readonly Quarantined[] };

/** The other way round. What a newer version wrote is passed over. */
export function sortReceipts(receipts: readonly Receipt[]): Sorted {
  const taken: MessageReceipt[] = [];
  const flagged: Quarantined[] = [];
  for (const receipt of receipts) {
    if (receipt.kind === 'taken') {
      const { kind: _kind, ...rest } = receipt;
      taken.push(rest as MessageReceipt);
    } else if (receipt.kind === 'flagged') {
      const content = new Uint8Array(Buffer.from(String(receipt.content), 'base64'));
      flagged.push({ ...(receipt.entry as Omit<Quarantined, 'content'>), content });
    }
  }
  return { taken, flagged };
}
