import { type FieldPath, readField } from '../field-path.ts';
import type { Hl7Message } from '../message.ts';
import { type OrderGroup, segmentsFor } from './groups.ts';
import { textOrNull } from './text.ts';

/** The texts at a path, one for each segment that it may mean; a path that names no occurrence means all of them. */
export type ReadFields = (path: FieldPath) => readonly string[];

/** Reads for one order of the message. */
export const fieldsOfGroup =
  (message: Hl7Message, group: OrderGroup): ReadFields =>
  (path) =>
    textsAt(segmentsFor(message, group, path.segment), path);

/** Reads for the message as a whole. */
export const fieldsOfMessage =
  (message: Hl7Message): ReadFields =>
  (path) =>
    textsAt(message.all(path.segment), path);

const textsAt = (segments: Parameters<typeof readField>[0], path: FieldPath): readonly string[] =>
  path.occurrence > 1 ? [readField(segments, path)] : segments.map((segment) => readField([segment], path));

/** The first text of these places that is one; the explicit null is none. */
export function firstText(read: ReadFields, paths: readonly FieldPath[]): string | null {
  for (const path of paths) {
    for (const text of read(path)) {
      const found = textOrNull(text);
      if (found !== null) return found;
    }
  }
  return null;
}

export const fieldPath = (segment: string, field: number, component = 1): FieldPath => ({
  segment,
  occurrence: 1,
  field,
  repetition: 1,
  component,
  subcomponent: 1,
});
