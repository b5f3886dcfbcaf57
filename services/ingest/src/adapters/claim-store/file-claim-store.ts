import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { type FileSystem, makeDirectoryDurably, readFileIfPresent, writeFileDurably } from '@voorrang/journal';
import { faultPoint, VoorrangError } from '@voorrang/kernel';
import type { HealthPart } from '@voorrang/platform';
import type { EvidenceClaim, EvidenceClaims } from '../../application/evidence-claims.ts';

export type ClaimStoreOptions = {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  /** Bytes of all texts together. */
  readonly limitBytes: number;
};

export type ClaimStore = EvidenceClaims & {
  /** Looks at what is there. Before it, everything rejects with `VRG_UNAVAILABLE`. */
  open(): Promise<void>;
  health(): HealthPart;
};

const namePattern = /^([0-9a-f]{64})-(\d+)\.json$/;
const nameOf = ({ digest, bytes }: EvidenceClaim): string => `${digest}-${bytes}.json`;
const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`;

/** One file per text, named for what it holds: a name that is there is whole, and how much is kept is known from the names. */
export function fileClaimStore({ directory, fileSystem, limitBytes }: ClaimStoreOptions): ClaimStore {
  let kept: Map<string, number> | undefined;
  let total = 0;
  const underWay = new Map<string, Promise<EvidenceClaim>>();

  const opened = (): Map<string, number> => {
    if (kept === undefined) throw new VoorrangError('VRG_UNAVAILABLE', 'the store of evidence is not open');
    return kept;
  };

  const write = async (claim: EvidenceClaim, text: Uint8Array): Promise<EvidenceClaim> => {
    const path = posix.join(directory, nameOf(claim));
    total += claim.bytes; // at once, so that texts at the same time do not pass the limit together
    try {
      await writeFileDurably(fileSystem, path, text);
    } catch (thrown) {
      total -= claim.bytes;
      await fileSystem.remove(`${path}.tmp`).catch(() => undefined);
      throw refusalOf(thrown);
    }
    opened().set(claim.digest, claim.bytes);
    faultPoint('evidence.claim.written');
    return claim;
  };

  return {
    open: async () => {
      await makeDirectoryDurably(fileSystem, directory);
      const found = new Map<string, number>();
      for (const name of await fileSystem.list(directory)) {
        const [, digest, bytes] = namePattern.exec(name) ?? [];
        if (digest !== undefined) found.set(digest, Number(bytes));
        else if (name.endsWith('.tmp')) await fileSystem.remove(posix.join(directory, name)); // of a process that was killed
      }
      // a process may have been killed between naming a text and making the name durable
      await fileSystem.syncDirectory(directory);
      kept = found;
      total = [...found.values()].reduce((sum, bytes) => sum + bytes, 0);
    },
    keep: async (text) => {
      const claim = { digest: digestOf(text), bytes: text.length };
      if (opened().has(claim.digest)) return claim;
      const same = underWay.get(claim.digest);
      if (same !== undefined) return same;
      if (total + claim.bytes > limitBytes) {
        throw new VoorrangError('VRG_STORAGE_FULL', 'the store of evidence is full', { details: { limitBytes } });
      }
      const written = write(claim, text).finally(() => underWay.delete(claim.digest));
      underWay.set(claim.digest, written);
      return written;
    },
    read: async (digest) => {
      const bytes = opened().get(digest);
      if (bytes === undefined) return undefined;
      const text = await readFileIfPresent(fileSystem, posix.join(directory, nameOf({ digest, bytes })));
      if (text !== undefined && digestOf(text) !== digest) {
        throw new VoorrangError('VRG_INTERNAL', 'kept evidence does not verify', { details: { digest } });
      }
      return text;
    },
    health: () => ({
      ok: kept !== undefined && total < limitBytes * 0.95,
      detail: `${kept?.size ?? 0} texts, ${megabytes(total)} of ${megabytes(limitBytes)}`,
    }),
  };
}

const digestOf = (text: Uint8Array): string => createHash('sha256').update(text).digest('hex');

function refusalOf(cause: unknown): VoorrangError {
  const { code } = cause as { code?: unknown };
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new VoorrangError(isFull ? 'VRG_STORAGE_FULL' : 'VRG_UNAVAILABLE', 'evidence could not be kept', { cause });
}
