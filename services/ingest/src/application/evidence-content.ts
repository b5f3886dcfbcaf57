import type { EventData } from '@voorrang/contracts';
import { type DicomJson, readDataSet, type StoredObject } from '@voorrang/dicom';

/** JSON of an object that travels inside its fact; the bus carries 900 KB. */
export const longestInline = 512 << 10;
/** JSON that is kept at all. */
const longestClaim = 64 << 20;

/** What is known of the content of an object that is no image: nothing (`null`), small enough for its fact, or to be kept beside it. */
export type EvidenceContent =
  | { readonly kind: 'none' }
  | { readonly kind: 'inline'; readonly content: DicomJson }
  | { readonly kind: 'claim'; readonly text: Buffer };

/** Reads the data set of a stored object. One that cannot be read is still evidence: it has no content. */
export function evidenceContent({
  dataSet,
  transferSyntax,
}: Pick<StoredObject, 'dataSet' | 'transferSyntax'>): EvidenceContent {
  if (dataSet === undefined) return { kind: 'none' };
  const content = readable(dataSet, transferSyntax);
  if (content === undefined) return { kind: 'none' };
  const text = Buffer.from(JSON.stringify(content), 'utf8');
  if (text.length <= longestInline) return { kind: 'inline', content };
  return text.length <= longestClaim ? { kind: 'claim', text } : { kind: 'none' };
}

function readable(dataSet: Buffer, transferSyntax: string): DicomJson | undefined {
  try {
    return readDataSet(dataSet, transferSyntax, { inflated: true });
  } catch {
    return undefined;
  }
}

/** Where the content of an object is told: in the fact, or by its name in the store. */
export type ToldContent = Required<Pick<EventData<'evidence.received'>, 'content' | 'contentRef'>>;
export const noContent: ToldContent = { content: null, contentRef: null };
