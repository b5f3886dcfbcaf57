export type LockEntry = {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
export type LockFile = { readonly packages: Readonly<Record<string, LockEntry>> };

/**
 * Adds what is missing. The entries carry no hash, for the package was never seen: they say for which platform it is, which is what keeps npm from
 * asking for it on another one. Only exact versions, as makers of native packages pin them, can be completed.
 */
export function completeLock(lock: LockFile): { readonly lock: LockFile; readonly added: readonly string[] } {
  const packages: Record<string, LockEntry> = { ...lock.packages };
  const added: string[] = [];
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isThere(packages, place, name) || !/^\d+\.\d+\.\d+/.test(version)) continue;
      packages[`node_modules/${name}`] = {
        version,
        ...platformOf(name),
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
      };
      added.push(`${name}@${version}`);
    }
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { lock: { ...lock, packages: Object.fromEntries(sorted) }, added };
}

/** Node's way of finding a package: in the folder of the one that needs it, or in any above. */
function isThere(packages: Readonly<Record<string, LockEntry>>, place: string, name: string): boolean {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true;
    if (at === '') return false;
    if (!at.includes('/node_modules/')) return `node_modules/${name}` in packages;
  }
}

/** Platform by the parts of the name, as `@swc/core-linux-arm64-musl`. */
function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const parts = (name.split('/').at(-1) ?? '').split('-');
  const os = parts.find((part) =>
    /^(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)$/.test(part),
  );
  const cpu = parts.find((part) => /^(arm|arm64|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32|x64)$/.test(part));
  const libc = parts.some((part) => part.startsWith('musl'))
    ? 'musl'
    : parts.some((part) => part.startsWith('gnu'))
      ? 'glibc'
      : undefined;
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(os === 'linux' && libc !== undefined ? { libc: [libc] } : {}),
    ...(os === undefined ? {} : { os: [os] }),
  };
}
