import { err, ok, type Result } from '@voorrang/kernel';

/**
 * A place that a text can be read from, all numbers from 1. `occurrence`: which segment of that name, in the message or in the order that is being read.
 * What the path leaves out is 1: `OBR-18` is the first sub-component of the first component of its first repetition.
 */
export type FieldPath = {
  readonly segment: string;
  readonly occurrence: number;
  readonly field: number;
  readonly repetition: number;
  readonly component: number;
  readonly subcomponent: number;
};

/** What is read of a segment. */
type ReadableSegment = {
  readonly name: string;
  /** Repetitions count from 0. */
  readonly text: (field: number, component?: number, subcomponent?: number, repetition?: number) => string;
};

/** Segment, `[occurrence]`, `-field`, `(repetition)`, `.component`, `.sub-component`. */
const grammar = /^([A-Z][A-Z0-9]{2})(?:\[(\d{1,4})\])?-(\d{1,3})(?:\((\d{1,3})\))?(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?$/;

const form = 'a path of HL7 reads SEG-field, SEG-field.component or SEG[n]-field(repetition).component.subcomponent';

/** Reads `OBR-3.1`, `ZDS-1`, `PID-3(2).1`, `PID-5.1.2`, `OBX[3]-5`. The error is a sentence for whoever wrote the path. */
export function parseFieldPath(text: string): Result<FieldPath, string> {
  const match = grammar.exec(text);
  if (match === null) return err(form);
  const [, segment = '', occurrence = '1', field = '', repetition = '1', component = '1', subcomponent = '1'] = match;
  const path = {
    segment,
    occurrence: Number(occurrence),
    field: Number(field),
    repetition: Number(repetition),
    component: Number(component),
    subcomponent: Number(subcomponent),
  };
  const { occurrence: which, field: at, repetition: again, component: part, subcomponent: sub } = path;
  return Math.min(which, at, again, part, sub) < 1 ? err('the numbers of a path count from 1') : ok(path);
}

/**
 * Decoded text at a path among these segments: those of a message, or of one of its orders. '' when it is absent or the explicit null.
 * Segments of other names are passed over.
 */
export function readField(segments: readonly ReadableSegment[], path: FieldPath): string {
  let seen = 0;
  for (const segment of segments) {
    if (segment.name !== path.segment) continue;
    seen += 1;
    if (seen === path.occurrence) {
      return segment.text(path.field, path.component, path.subcomponent, path.repetition - 1);
    }
  }
  return '';
}
