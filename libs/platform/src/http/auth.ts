import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Clock, days, VoorrangError } from '@voorrang/kernel';
import { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { parseBody } from './request.ts';

export const roles = ['radiologist', 'neurologist', 'emergency-doctor', 'raio', 'administrator', 'system'] as const;
export type Role = (typeof roles)[number];
/** Who asks. `name` is an account name and may appear in events and the log. */
export type User = { readonly name: string; readonly roles: readonly Role[] };

export type AuthOptions = { readonly apiToken: string; readonly clock: Clock; readonly secureCookie: boolean };

const cookieName = 'voorrang_session';
const sessionMs = days(7);
const accountName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'an account name');
const users = new WeakMap<Request, User>();

/** The signed-in user of the request; the `authenticate` middleware has seen to it that there is one. */
export function userOf(request: Request): User {
  const user = users.get(request);
  if (user === undefined) throw new VoorrangError('VRG_HTTP_UNAUTHENTICATED');
  return user;
}

/** Throws `VRG_HTTP_FORBIDDEN` unless the user has one of the roles. */
export function requireRole(request: Request, ...allowed: readonly Role[]): User {
  const user = userOf(request);
  if (!user.roles.some((role) => allowed.includes(role))) throw new VoorrangError('VRG_HTTP_FORBIDDEN');
  return user;
}

/**
 * Bearer token or session cookie. A bearer may act under an account name (`X-Acting-User`): the token has every role, so this only says who.
 * Cookies are SameSite=Strict and signed; state-changing requests by cookie must be JSON, which a foreign form cannot send.
 */
export function authenticate({ apiToken, clock }: AuthOptions): RequestHandler {
  return (request, _response, next) => {
    const user = bearerUser(request, apiToken) ?? cookieUser(request, apiToken, clock);
    if (user === undefined) throw new VoorrangError('VRG_HTTP_UNAUTHENTICATED');
    users.set(request, user);
    next();
  };
}

/** `GET`, `POST` and `DELETE /api/v1/session`: sign in with the token (and a name to act under), ask who one is, sign out. */
export function sessionRoutes(options: AuthOptions): Router {
  const router = Router();
  const schema = z.strictObject({ token: z.string().max(512), name: accountName.optional() });
  const cookie = (value: string, maxAgeMs: number): string =>
    `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(maxAgeMs / 1000)}${options.secureCookie ? '; Secure' : ''}`;
  router.post('/api/v1/session', (request, response) => {
    const { token, name = 'duty' } = parseBody(schema, request);
    if (!sameText(token, options.apiToken)) throw new VoorrangError('VRG_HTTP_UNAUTHENTICATED');
    const payload = Buffer.from(JSON.stringify({ name, until: options.clock.now() + sessionMs })).toString('base64url');
    response.setHeader('Set-Cookie', cookie(`${payload}.${sign(payload, options.apiToken)}`, sessionMs));
    response.json({ user: name, roles });
  });
  router.get('/api/v1/session', authenticate(options), (request, response) => {
    const { name, roles } = userOf(request);
    response.json({ user: name, roles });
  });
  router.delete('/api/v1/session', (_request, response) => {
    response.setHeader('Set-Cookie', cookie('', 0));
    response.status(204).end();
  });
  return router;
}

function bearerUser(request: Request, apiToken: string): User | undefined {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) return undefined;
  if (!sameText(given, apiToken)) throw new VoorrangError('VRG_HTTP_UNAUTHENTICATED');
  const acting = request.headers['x-acting-user'];
  if (acting === undefined) return { name: 'api', roles };
  const name = accountName.safeParse(acting);
  if (!name.success)
    throw new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
      details: { problems: [{ path: 'header.X-Acting-User', message: 'an account name' }] },
    });
  return { name: name.data, roles };
}

function cookieUser(request: Request, apiToken: string, clock: Clock): User | undefined {
  const value = new RegExp(`(?:^|; )${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
  const [payload, signature] = value?.split('.') ?? [];
  if (payload === undefined || signature === undefined || !sameText(signature, sign(payload, apiToken)))
    return undefined;
  const { name, until } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
    name: string;
    until: number;
  };
  if (until < clock.now()) return undefined;
  if (!['GET', 'HEAD'].includes(request.method) && !request.is('application/json'))
    throw new VoorrangError('VRG_HTTP_FORBIDDEN', 'state-changing requests must be application/json');
  return { name, roles };
}

const sign = (payload: string, apiToken: string): string =>
  createHmac('sha256', `session:${apiToken}`).update(payload).digest('base64url');

/** Constant-time comparison that does not tell lengths apart. */
function sameText(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
