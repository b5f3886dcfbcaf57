/** A media type with its parameters (RFC 9110 §8.3.1), type and parameter names in lower case; `undefined` when it is none. */
export type MediaType = { readonly type: string; readonly parameters: ReadonlyMap<string, string> };

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const typePattern = new RegExp(`^\\s*(${token}/${token})\\s*(?:;|$)`);
const parameterPattern = new RegExp(`;\\s*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'g');

export function parseMediaType(text: string): MediaType | undefined {
  const type = typePattern.exec(text)?.[1];
  if (type === undefined || text.length > 1024) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of text.matchAll(parameterPattern)) {
    parameters.set(name.toLowerCase(), quoted === undefined ? (plain ?? '') : quoted.replaceAll(/\\(.)/g, '$1'));
  }
  return { type: type.toLowerCase(), parameters };
}

export type StowBody = {
  readonly boundary: string;
  /** Transfer syntax that the request says of all its parts. */
  readonly transferSyntax: string | undefined;
};

/** What a body of STOW-RS is: `undefined` for a media type that is not taken, also metadata with bulk data apart (PS3.18 §10.5.1.2). */
export function stowBody(contentType: string): StowBody | undefined {
  const media = parseMediaType(contentType);
  const root = media?.parameters.get('type');
  const boundary = media?.parameters.get('boundary');
  if (media?.type !== 'multipart/related' || boundary === undefined) return undefined;
  if (root !== undefined && !isDicom(root)) return undefined;
  // RFC 2046 §5.1.1: 1 to 70 characters, not ending with a space
  if (!/^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/.test(boundary)) return undefined;
  return { boundary, transferSyntax: media.parameters.get('transfer-syntax') };
}

/** Whether a part is a file of PS3.10; one that does not say is of the type of the whole. */
export const isDicom = (contentType: string | undefined): boolean =>
  contentType === undefined || parseMediaType(contentType)?.type === 'application/dicom';

/** Transfer syntax that a media type names (PS3.18 §8.7.3.5.2). */
export const transferSyntaxOf = (contentType: string | undefined): string | undefined =>
  contentType === undefined ? undefined : parseMediaType(contentType)?.parameters.get('transfer-syntax');
