import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { type FileSystem, makeDirectoryDurably, readFileIfPresent } from '@voorrang/journal';
import { faultPoint } from '@voorrang/kernel';
import type { ReadSnapshot, SnapshotHeader } from '../../application/ports.ts';
import { type SnapshotPart, snapshotVersion } from '../../domain/index.ts';

const fileName = 'prioritisation.snapshot';
/** Parts of one line. Small enough that writing a line does not hold up facts. */
const partsPerLine = 100;

/**
 * Writes a snapshot as lines of JSON: header, parts, and a last line with the SHA-256 of all before. Reads the parts bit by bit and lets other work run
 * in between. The old snapshot stays until the new one is durable.
 */
export async function writeSnapshot(
  fileSystem: FileSystem,
  directory: string,
  header: SnapshotHeader,
  parts: Iterable<SnapshotPart>,
  breathe: () => Promise<void>,
): Promise<void> {
  await makeDirectoryDurably(fileSystem, directory);
  const path = posix.join(directory, fileName);
  const handle = await fileSystem.open(`${path}.tmp`, 'truncate');
  const hash = createHash('sha256');
  const line = async (value: unknown): Promise<void> => {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    hash.update(bytes);
    await handle.append([bytes]);
    await breathe();
  };
  try {
    await line(header);
    let waiting: SnapshotPart[] = [];
    for (const part of parts) {
      waiting.push(part);
      if (waiting.length < partsPerLine) continue;
      await line(waiting);
      waiting = [];
    }
    await line(waiting);
    await handle.append([Buffer.from(`${JSON.stringify({ sha256: hash.digest('hex') })}\n`)]);
    await handle.sync();
  } finally {
    await handle.close();
  }
  faultPoint('snapshot.written');
  await fileSystem.rename(`${path}.tmp`, path);
  await fileSystem.syncDirectory(directory);
}

export async function readSnapshot(fileSystem: FileSystem, directory: string): Promise<ReadSnapshot> {
  const bytes = await readFileIfPresent(fileSystem, posix.join(directory, fileName));
  if (bytes === undefined) return { kind: 'none' };
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lastLine = all.lastIndexOf(0x0a, all.length - 2) + 1;
  const sum = createHash('sha256').update(all.subarray(0, lastLine)).digest('hex');
  if (all.subarray(lastLine).toString() !== `${JSON.stringify({ sha256: sum })}\n`)
    return { kind: 'unusable', why: 'checksum' };
  const lines = linesOf(all.subarray(0, lastLine));
  const header = JSON.parse(lines.next().value ?? '{}') as SnapshotHeader;
  if (header.version !== snapshotVersion) return { kind: 'unusable', why: 'version' };
  return { kind: 'snapshot', header, parts: partsOf(lines) };
}

function* linesOf(bytes: Buffer): Generator<string, undefined> {
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf(0x0a, from);
    yield bytes.toString('utf8', from, to < 0 ? bytes.length : to);
    if (to < 0) return undefined;
    from = to + 1;
  }
  return undefined;
}

function* partsOf(lines: Iterable<string>): Generator<SnapshotPart> {
  for (const line of lines) yield* JSON.parse(line) as SnapshotPart[];
}
