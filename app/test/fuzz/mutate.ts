/** A number in the input that says how long something is or what it is. */
export type Field = { readonly at: number; readonly size: 1 | 2 | 4; readonly bigEndian: boolean };

/** Where an input can be taken apart: `cuts` are starts of units (PDUs, items, elements, fields), in ascending order; `fields` lengths and types. */
export type Structure = { readonly cuts: readonly number[]; readonly fields: readonly Field[] };

export type MutatorOptions = {
  /** Gives [0, 1). */
  readonly random: () => number;
  readonly structureOf: (input: Buffer) => Structure;
  readonly dictionary: readonly Buffer[];
  readonly longest: number;
};

type Parts = MutatorOptions & { readonly input: Buffer; readonly other: Buffer; readonly structure: Structure };
type Operation = (parts: Parts) => Buffer;

const below = (random: () => number, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: () => number, from: readonly T[]): T | undefined => from[below(random, from.length)];
const splice = (input: Buffer, start: number, end: number, put: Buffer): Buffer =>
  Buffer.concat([input.subarray(0, start), put, input.subarray(end)]);

/** Bounds of one unit, or of a random run of bytes where the input has no structure. */
function unit({ random, input, structure }: Parts): readonly [number, number] {
  const index = below(random, structure.cuts.length);
  const start = structure.cuts[index];
  if (start === undefined) {
    const from = below(random, input.length + 1);
    return [from, Math.min(input.length, from + below(random, 64))];
  }
  const last = Math.min(structure.cuts.length, index + 1 + (random() < 0.2 ? below(random, 8) : 0));
  return [start, structure.cuts[last] ?? input.length];
}

const place = (parts: Parts): number =>
  parts.random() < 0.7 && parts.structure.cuts.length > 0
    ? (pick(parts.random, parts.structure.cuts) ?? 0)
    : below(parts.random, parts.input.length + 1);

function tweakField({ random, input, structure }: Parts): Buffer {
  const field = pick(random, structure.fields);
  if (field === undefined) return input;
  const { at, size, bigEndian } = field;
  const read = bigEndian ? input.readUIntBE(at, size) : input.readUIntLE(at, size);
  const most = 2 ** (8 * size) - 1;
  const values = [0, 1, 2, most, most - 1, 2 ** (8 * size - 1), read + 1, read - 1, read + 2, read - 2, read * 2];
  values.push(read >> 1, input.length - at, below(random, most + 1), below(random, 256));
  const value = Math.min(most, Math.max(0, pick(random, values) ?? 0));
  const changed = Buffer.from(input);
  if (bigEndian) changed.writeUIntBE(value, at, size);
  else changed.writeUIntLE(value, at, size);
  return changed;
}

const operations: readonly Operation[] = [
  tweakField,
  tweakField,
  tweakField,
  ({ random, input }) => {
    const changed = Buffer.from(input);
    for (let flips = 1 + below(random, 8); flips > 0 && changed.length > 0; flips -= 1) {
      const at = below(random, changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << below(random, 8));
    }
    return changed;
  },
  (parts) => {
    const [start, end] = unit(parts);
    return splice(parts.input, start, end, Buffer.alloc(0));
  },
  (parts) => {
    const [start, end] = unit(parts);
    const times = parts.random() < 0.1 ? 1 + below(parts.random, 64) : 1;
    return splice(parts.input, end, end, Buffer.concat(Array(times).fill(parts.input.subarray(start, end))));
  },
  (parts) => {
    const [start, end] = unit(parts);
    const taken = parts.input.subarray(start, end);
    const without = splice(parts.input, start, end, Buffer.alloc(0));
    const to = Math.min(place(parts), without.length);
    return splice(without, to, to, taken);
  },
  (parts) => {
    const token = pick(parts.random, parts.dictionary) ?? Buffer.alloc(0);
    const at = place(parts);
    const over = parts.random() < 0.5 ? Math.min(parts.input.length, at + token.length) : at;
    return splice(parts.input, at, over, token);
  },
  ({ random, input }) => input.subarray(0, below(random, input.length + 1)),
  (parts) => {
    const at = place(parts);
    const cuts = parts.structureOf(parts.other).cuts;
    const from = pick(parts.random, cuts) ?? below(parts.random, parts.other.length + 1);
    return Buffer.concat([parts.input.subarray(0, at), parts.other.subarray(from)]);
  },
  (parts) => {
    const at = place(parts);
    const block = Buffer.alloc(1 + below(parts.random, parts.random() < 0.05 ? 4096 : 32));
    for (let i = 0; i < block.length; i += 1) block[i] = below(parts.random, 256);
    return splice(parts.input, at, at, block);
  },
];

/** Makes an input of one that is valid and another one: one to four changes. The same random numbers give the same bytes. */
export function mutate(input: Buffer, other: Buffer, options: MutatorOptions): Buffer {
  const { random, longest } = options;
  let changed = input;
  do {
    const operation = pick(random, operations);
    if (operation === undefined) break;
    const parts = { ...options, input: changed, other, structure: options.structureOf(changed) };
    changed = operation(parts).subarray(0, longest);
  } while (random() < 0.4);
  return changed;
}
