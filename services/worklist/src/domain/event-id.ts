/** Place in the change feed, as the id of a server-sent event: `epoch.revision`. */
export type FeedPlace = { readonly epoch: string; readonly revision: number };

export const formatEventId = ({ epoch, revision }: FeedPlace): string => `${epoch}.${revision}`;

/** `undefined` when the text is no id of ours; an epoch may hold dots itself. */
export function parseEventId(text: string): FeedPlace | undefined {
  const match = /^([\x21-\x7e]{0,128})\.(\d{1,16})$/.exec(text);
  return match ? { epoch: match[1] ?? '', revision: Number(match[2]) } : undefined;
}
