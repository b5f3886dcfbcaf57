import { VoorrangError } from '@voorrang/kernel';
import type { Request } from 'express';
import type { z } from 'zod';

/** The body as `schema` gives it. Throws `VRG_HTTP_MALFORMED` with the path of each problem (never its value). */
export const parseBody = <T extends z.ZodType>(schema: T, request: Request): z.output<T> =>
  parse(schema, request.body ?? {}, 'body');
/** Query parameters as `schema` gives them; a repeated parameter arrives as an array. */
export const parseQuery = <T extends z.ZodType>(schema: T, request: Request): z.output<T> =>
  parse(schema, request.query, 'query');

function parse<T extends z.ZodType>(schema: T, value: unknown, where: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
    details: { problems: problemsOf(parsed.error.issues, where) },
  });
}

/** Issues as `{ path, message }`: what was expected where. Zod messages name types and limits, not values. */
export const problemsOf = (issues: readonly z.core.$ZodIssue[], where: string): { path: string; message: string }[] =>
  issues.map((issue) => ({
    path: [where, ...issue.path.map(String)].join('.'),
    message: issue.code === 'unrecognized_keys' ? `unknown: ${issue.keys.length} name(s)` : issue.message,
  }));
