import type { CharsetWarning } from './charset.ts';
import { type Decode, unescapeText } from './escape.ts';
import { parseFieldPath, readField } from './field-path.ts';
import { type Delimiters, type Hl7Header, repetitionsOf } from './header.ts';

/** A field as it was split: its repetitions, and the components of those that somebody asked for. */
type SplitField = { readonly repetitions: readonly string[]; readonly components: (readonly string[])[] };

/**
 * One segment, read lazily: nothing is split before somebody asks, and nothing twice. Fields, components and sub-components count from 1, repetitions from 0.
 * In MSH, field 1 is the separator itself (HL7 v2.5.1 §2.15.9.1).
 */
export class Hl7Segment {
  readonly name: string;
  /** Which one of this name, from 1. */
  readonly occurrence: number;
  readonly #line: string;
  readonly #delimiters: Delimiters;
  readonly #decodeBytes: Decode;
  #fields: readonly string[] | undefined;
  #split: (SplitField | undefined)[] | undefined;
  readonly #isHeader: boolean;

  constructor(name: string, occurrence: number, line: string, delimiters: Delimiters, decode: Decode) {
    this.name = name;
    this.occurrence = occurrence;
    this.#line = line;
    this.#delimiters = delimiters;
    this.#decodeBytes = decode;
    this.#isHeader = name === 'MSH';
  }

  /** The field as sent, with its delimiters and escapes; '' when absent. */
  raw(field: number): string {
    this.#fields ??= this.#line.split(this.#delimiters.field);
    if (!this.#isHeader) return this.#fields[field] ?? '';
    return field === 1 ? this.#delimiters.field : (this.#fields[field - 1] ?? '');
  }

  /** How often the field was sent: 0 when it is empty. */
  repetitionCount(field: number): number {
    const raw = this.raw(field);
    return raw === '' ? 0 : this.#splitField(field).repetitions.length;
  }

  /** Whether the field was sent more often than `limit`; looks no further than that. */
  repeatsMoreThan(field: number, limit: number): boolean {
    const raw = this.raw(field);
    const { repetition } = this.#delimiters;
    if (repetition === '') return false;
    let at = -1;
    for (let count = 0; count < limit; count += 1) {
      at = raw.indexOf(repetition, at + 1);
      if (at < 0) return false;
    }
    return true;
  }

  /** Decoded text of one sub-component; '' when absent. The explicit null `""` reads as ''. */
  text(field: number, component = 1, subcomponent = 1, repetition = 0): string {
    const part = this.#component(field, component, repetition);
    if (part === '') return '';
    if (this.#isDelimiterField(field)) return subcomponent === 1 ? part : '';
    const { subcomponent: separator } = this.#delimiters;
    if (separator === '' || !part.includes(separator)) return subcomponent === 1 ? this.#decode(part) : '';
    return this.#decode(part.split(separator)[subcomponent - 1] ?? '');
  }

  /** Decoded text of a whole component with its sub-component separators: for free text whose sender did not escape them. */
  wholeComponent(field: number, component = 1, repetition = 0): string {
    return this.#decode(this.#component(field, component, repetition));
  }

  /** Decoded text of a whole field, delimiters kept: for fields that are plain text by their definition. */
  wholeField(field: number): string {
    return this.#decode(this.raw(field));
  }

  #splitField(field: number): SplitField {
    this.#split ??= [];
    const known = this.#split[field];
    if (known !== undefined) return known;
    const raw = this.raw(field);
    const repetitions = this.#isDelimiterField(field) ? [raw] : repetitionsOf(raw, this.#delimiters);
    const split = { repetitions, components: [] };
    this.#split[field] = split;
    return split;
  }

  #component(field: number, component: number, repetition: number): string {
    // Most fields that somebody asks for are empty.
    if (this.raw(field) === '') return '';
    const { repetitions, components } = this.#splitField(field);
    const value = repetitions[repetition];
    if (value === undefined) return '';
    if (this.#isDelimiterField(field)) return component === 1 ? value : '';
    components[repetition] ??= value.split(this.#delimiters.component);
    return components[repetition][component - 1] ?? '';
  }

  /** MSH-1 and MSH-2 hold the delimiters themselves. */
  #isDelimiterField(field: number): boolean {
    return this.#isHeader && field <= 2;
  }

  #decode(raw: string): string {
    if (raw === '""') return '';
    return unescapeText(raw, this.#delimiters, this.#decodeBytes);
  }
}

export class Hl7Message {
  readonly header: Hl7Header;
  readonly segments: readonly Hl7Segment[];
  /** Label of the character set that decoded it. */
  readonly charset: string;
  readonly warnings: readonly CharsetWarning[];
  readonly #byName = new Map<string, Hl7Segment[]>();

  constructor(
    header: Hl7Header,
    segments: readonly Hl7Segment[],
    charset: string,
    warnings: readonly CharsetWarning[],
  ) {
    this.header = header;
    this.segments = segments;
    this.charset = charset;
    this.warnings = warnings;
    for (const segment of segments) {
      const sameName = this.#byName.get(segment.name);
      if (sameName === undefined) this.#byName.set(segment.name, [segment]);
      else sameName.push(segment);
    }
  }

  first(name: string): Hl7Segment | undefined {
    return this.all(name)[0];
  }

  all(name: string): readonly Hl7Segment[] {
    return this.#byName.get(name) ?? [];
  }

  /** Decoded text at a path (`PID-3(2).1`); '' when it is absent. A path that is none throws: what others write goes through `parseFieldPath`. */
  get(path: string): string {
    const parsed = parseFieldPath(path);
    if (!parsed.ok) throw new Error(`${path}: ${parsed.error}`);
    return readField(this.all(parsed.value.segment), parsed.value);
  }
}
