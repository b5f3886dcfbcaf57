import { waitUntil } from '@voorrang/testing/infrastructure';
import { checkInvariants } from '../../soak/invariants.ts';
import type { Ledger, Violation } from '../../soak/ledger.ts';
import type { Product } from './product.ts';

/** Promises that are broken when everything on its way has had time to arrive: what was acknowledged last may still be on its way to its row. */
export async function violationsInTheEnd(
  product: Pick<Product, 'api'>,
  ledger: Ledger,
  kills = 0,
  deadlineMs = 15_000,
): Promise<readonly Violation[]> {
  let violations: readonly Violation[] = [];
  const none = async (): Promise<boolean> => {
    violations = await checkInvariants(product, [], ledger, kills);
    return violations.length === 0;
  };
  await waitUntil(none, { deadlineMs, everyMs: 200 }).catch(() => undefined);
  return violations;
}
