import type { FileSystem } from '../file-system.ts';

/** One place where the code makes something durable: `file` syncs content of a path, `directory` syncs the names in it. */
export type SyncPlace = { readonly kind: 'file' | 'directory'; readonly matches: (path: string) => boolean };

/** The same file system with one kind of sync taken out: a durability test that stays green on it does not test that sync. */
export function withoutSync(fileSystem: FileSystem, place: SyncPlace): FileSystem {
  return {
    makeDirectory: (path) => fileSystem.makeDirectory(path),
    list: (path) => fileSystem.list(path),
    open: async (path, mode) => {
      const handle = await fileSystem.open(path, mode);
      if (place.kind !== 'file' || !place.matches(path)) return handle;
      return { ...handle, sync: async () => undefined };
    },
    rename: (from, to) => fileSystem.rename(from, to),
    remove: (path) => fileSystem.remove(path),
    syncDirectory: async (path) => {
      if (place.kind !== 'directory' || !place.matches(path)) await fileSystem.syncDirectory(path);
    },
  };
}
