/**
 * Where a sender may speak from. A title in a message is a name and no proof: one that is bound to nothing is taken at its word.
 * Addresses and certificates given: both must hold.
 */
export type Origin = {
  /** IPv4 or IPv6 addresses, or networks in CIDR form. */
  readonly addresses?: readonly string[];
  /** SHA-256 of client certificates in hex. */
  readonly certificates?: readonly string[];
  /** May speak without TLS where the listener asks for a waiver. */
  readonly plaintext?: boolean;
};

/** Who is at the other end of a connection, as far as the connection itself proves it. */
export type Speaker = {
  readonly remoteAddress: string;
  readonly tls: boolean;
  /** Of the verified client certificate, lower-case hex. */
  readonly certificateSha256: string | null;
};

export type OriginRefusal = 'address' | 'certificate' | 'plaintext';

/** Why a speaker is not the sender that it says it is, `undefined` when nothing speaks against it. */
export function originRefusal(
  { addresses, certificates, plaintext = false }: Origin,
  speaker: Speaker,
  { plaintextNeedsWaiver }: { readonly plaintextNeedsWaiver: boolean },
): OriginRefusal | undefined {
  if (plaintextNeedsWaiver && !speaker.tls && !plaintext) return 'plaintext';
  if (addresses !== undefined && !addresses.some((network) => isInNetwork(speaker.remoteAddress, network)))
    return 'address';
  if (certificates !== undefined && !certificates.some((each) => sameFingerprint(each, speaker.certificateSha256)))
    return 'certificate';
  return undefined;
}

const sameFingerprint = (listed: string, presented: string | null): boolean =>
  presented !== null && listed.replaceAll(':', '').toLowerCase() === presented;

/** Whether an address is in a network (`10.1.0.0/16`, `2001:db8::/32`, or one address). An IPv4 address mapped into IPv6 is that IPv4 address. False for what is neither. */
export function isInNetwork(address: string, network: string): boolean {
  const range = parseNetwork(network);
  const bytes = addressBytes(address);
  if (range === undefined || bytes?.length !== range.bytes.length) return false;
  return range.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, range.bits - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === ((bytes[index] ?? 0) & mask);
  });
}

/** First address and length of prefix of a network or a single address, `undefined` when the text is none. */
export function parseNetwork(text: string): { readonly bytes: readonly number[]; readonly bits: number } | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const written = bytesOf(address);
  const bytes = written === undefined ? undefined : unmapped(written);
  if (written === undefined || bytes === undefined || rest.length > 0) return undefined;
  if (prefix === undefined) return { bytes, bits: bytes.length * 8 };
  if (!/^\d{1,3}$/.test(prefix)) return undefined;
  const bits = Number(prefix) - (written.length - bytes.length) * 8;
  return bits < 0 || bits > bytes.length * 8 ? undefined : { bytes, bits };
}

const addressBytes = (text: string): readonly number[] | undefined => {
  const bytes = bytesOf(text.replace(/%.*$/, ''));
  return bytes === undefined ? undefined : unmapped(bytes);
};

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** RFC 4291 §2.5.5.2: how a listener on `::` sees an IPv4 peer. */
const unmapped = (bytes: readonly number[]): readonly number[] =>
  bytes.length === 16 && mappedPrefix.every((byte, index) => bytes[index] === byte) ? bytes.slice(12) : bytes;

function bytesOf(text: string): readonly number[] | undefined {
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.map(Number);
}

/** RFC 4291 §2.2, with the forms `::` and the dotted IPv4 tail. */
function ipv6Bytes(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => groupBytes(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (halves.length === 1) return missing === 0 ? head : undefined;
  return missing < 2 ? undefined : [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])];
}

function groupBytes(text: string, isLast: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const dotted = isLast && index === groups.length - 1 && group.includes('.') ? ipv4Bytes(group) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}
