/**
 * Without the padding around it: spaces and NUL (PS3.5 §6.2). Loops, since a pattern such as `/ +$/` tries again at every blank of a value that is full of them: a megabyte of
 * blanks would take minutes.
 */
export const withoutPadding = (text: string): string => text.slice(startOf(text), endOf(text));

/** Without the padding behind it, where spaces in front mean something (ST, LT, UT). */
export const withoutTrailingPadding = (text: string): string => text.slice(0, endOf(text));

const isPadding = (text: string, at: number): boolean => text[at] === ' ' || text[at] === '\0';

function startOf(text: string): number {
  let start = 0;
  while (isPadding(text, start)) start += 1;
  return start;
}

function endOf(text: string): number {
  let end = text.length;
  while (isPadding(text, end - 1)) end -= 1;
  return end;
}
