import { hash } from 'node:crypto';
import type { Hl7Header } from '@voorrang/hl7';

/** `key` stands for (MSH-3, MSH-4, MSH-10), `null` without a control id; `content` for the bytes. Hashes of 132 bits: they may be stored and logged. */
export type MessageIdentity = { readonly key: string | null; readonly content: string };

/** Both as in the bytes, so that senders that differ in a component are two. */
export function identityOf(header: Hl7Header | null, bytes: Uint8Array): MessageIdentity {
  const content = short(bytes);
  if (header === null || header.controlId === '') return { key: null, content };
  return { key: short(`${header.raw(3)}\0${header.raw(4)}\0${header.controlId}`), content };
}

/** Hash of 22 characters. */
export const short = (data: string | Uint8Array): string => hash('sha256', data, 'base64url').slice(0, 22);
