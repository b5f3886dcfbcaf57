import { z } from 'zod';

/** RFC 9457. `type` is `urn:voorrang:error:<code>`; `problems` lists every place at fault with what was expected there, never the value. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    code: z.string(),
    problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;
