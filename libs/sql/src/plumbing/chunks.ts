/** Parts of a list, each of at most `size`: a statement has a limited number of parameters (SQLite 32,766, PostgreSQL 65,535). */
export function chunksOf<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}
