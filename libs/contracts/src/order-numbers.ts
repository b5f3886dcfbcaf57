import type { z } from 'zod';
import type { orderNumberSchema } from './shapes.ts';

export type OrderNumbers = z.infer<typeof orderNumberSchema>;

/**
 * Whether facts under `numbers` are of `order` too, both of one site. A sender first names an order by its placer number (ORC-2) and later by the filler
 * number it was given (ORC-3): what came under the placer number alone, a stroke code or a cancellation, still holds for the order that took it over.
 */
export const tellsOf = (numbers: OrderNumbers, order: OrderNumbers): boolean =>
  order.filler !== null && numbers.filler === null && numbers.placer !== null && numbers.placer === order.placer;
