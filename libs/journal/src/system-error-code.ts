/** The operating system's code of an error (`ENOSPC`, `EIO`, ...), by shape: an error of another realm is no `instanceof Error`. */
export const systemErrorCode = (thrown: unknown): string | undefined =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
