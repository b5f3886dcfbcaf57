import type { FactSpool } from '@voorrang/bus';
import type { StoredObject } from '@voorrang/dicom';
import type { OpaqueKeys } from '@voorrang/kernel';
import type { EvidenceClaims } from './evidence-claims.ts';
import { evidenceContent, noContent, type ToldContent } from './evidence-content.ts';
import { factOfObject } from './fact-of-object.ts';
import type { SenderOfImages } from './senders.ts';

type Deps = { readonly spool: FactSpool; readonly claims: EvidenceClaims; readonly keys: OpaqueKeys };
type From = { readonly sender: SenderOfImages; readonly source: string; readonly traceparent: string | undefined };

/**
 * Makes an object durable as a fact, by whichever door it came: resolves when it may be answered with success. The content of large evidence is durable before its fact,
 * so a fact never names what is not there; a content without a fact is taken again when the object is.
 */
export async function takeObject(object: StoredObject, from: From, { spool, claims, keys }: Deps): Promise<void> {
  const told = object.header.isEvidence ? await keptContent(object, claims) : noContent;
  await spool.accept([factOfObject(object, { ...from, keys, told })]);
}

async function keptContent(object: StoredObject, claims: EvidenceClaims): Promise<ToldContent> {
  const read = evidenceContent(object);
  if (read.kind === 'none') return noContent;
  if (read.kind === 'inline') return { content: read.content, contentRef: null };
  return { content: null, contentRef: await claims.keep(read.text) };
}
