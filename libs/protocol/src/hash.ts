import { createHash } from 'node:crypto';

/** SHA-256 (hex) over sorted file names and texts, each with its length before it. */
export function protocolHash(files: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(files).sort()) {
    for (const part of [name, files[name] ?? '']) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  return hash.digest('hex');
}
