import { createHmac } from 'node:crypto';

/**
 * Keyed hash that turns an identifier into an opaque one: 26 characters of Crockford base32 (130 bits of HMAC-SHA256).
 * The same secret gives the same key for ever, so it never rotates within a log. Parts are length-prefixed: ['a','bc'] differs from ['ab','c'].
 */
export type OpaqueKeys = {
  readonly study: (site: string, studyInstanceUid: string) => string;
  readonly order: (site: string, orderNumber: string) => string;
  readonly patient: (authority: string, id: string) => string;
  readonly visit: (site: string, authority: string, visitNumber: string) => string;
  /** For search tokens and everything else that must not show its text: `of('token', 'name', 'jan')`. */
  readonly of: (kind: string, ...parts: readonly string[]) => string;
};

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function opaqueKeys(secret: string): OpaqueKeys {
  const of = (kind: string, ...parts: readonly string[]): string => {
    const mac = createHmac('sha256', secret);
    for (const part of [kind, ...parts]) mac.update(`${Buffer.byteLength(part)}:${part}`);
    return base32(mac.digest());
  };
  return {
    study: (site, uid) => of('study', site, uid),
    order: (site, number) => of('order', site, number),
    patient: (authority, id) => of('patient', authority, id),
    visit: (site, authority, number) => of('visit', site, authority, number),
    of,
  };
}

function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < 26) {
      text += alphabet[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return text;
}
