import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { VoorrangError } from './errors.ts';

/** Whether a listener asks for a certificate of the peer. `optional`: a peer may come without one, but a wrong one is refused. */
export type ClientCertificates = 'none' | 'optional' | 'required';

/** TLS of a listener; all as PEM text. */
export type ServerTls = {
  /** Own certificate, and those of the authorities between it and the root behind it. */
  readonly cert: string;
  readonly key: string;
  /** Authorities whose client certificates are taken. Needed unless `clientCertificate` is `none`: without it every public authority of the world would count. */
  readonly ca?: string;
  readonly clientCertificate: ClientCertificates;
};

/** TLS of a requestor. `ca`: authorities whose server certificates are taken. */
export type ClientTls = {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  /** Name that the certificate of the server must bear; absent: the host. */
  readonly serverName?: string;
};

/** What `node:tls` is given on either side. */
export type TlsProfile = {
  readonly minVersion: 'TLSv1.2';
  readonly ciphers: string;
  readonly honorCipherOrder: true;
  readonly secureOptions: number;
};

/**
 * BCP 195 (RFC 8996, RFC 9325 §4.2; the non-downgrading profile of PS3.15 §B.12): TLS 1.2 and up, forward secrecy and AEAD only, no renegotiation. No
 * resumption either, so that a peer whose certificate or authority was taken away does not come back on an old session.
 */
const bcp195: TlsProfile = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  honorCipherOrder: true,
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
};

export type TlsServerOptions = TlsProfile & {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly requestCert: boolean;
  /** False: the listener itself decides by `decideClientCertificate`, so that the reason can be told. */
  readonly rejectUnauthorized: false;
};

/** Options of `tls.createServer`. Throws `VRG_CONFIG_INVALID` with `details.problem` when the parts are unreadable, weak, or do not belong together. */
export function tlsServerOptions(tls: ServerTls): TlsServerOptions {
  checkPair(tls.cert, tls.key);
  if (tls.clientCertificate !== 'none' && tls.ca === undefined) throw invalid('client certificates need an authority');
  if (tls.ca !== undefined) certificateOf(tls.ca, 'authority');
  return {
    ...bcp195,
    cert: tls.cert,
    key: tls.key,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    requestCert: tls.clientCertificate !== 'none',
    rejectUnauthorized: false,
  };
}

export type TlsClientOptions = TlsProfile & {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: true;
};

/** Options of `tls.connect`. Throws like `tlsServerOptions`. */
export function tlsClientOptions({ ca, cert, key, serverName }: ClientTls): TlsClientOptions {
  certificateOf(ca, 'authority');
  if ((cert === undefined) !== (key === undefined)) throw invalid('certificate and key come together');
  if (cert !== undefined && key !== undefined) checkPair(cert, key);
  return {
    ...bcp195,
    ca,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: true,
  };
}

export type ClientCertificateDecision =
  /** Lower-case hex SHA-256 of the verified certificate, null where none was asked for or given. */
  | { readonly kind: 'accept'; readonly sha256: string | null }
  | { readonly kind: 'refuse'; readonly reason: 'certificate-missing' | 'certificate-not-verified' };

/**
 * What the certificate of a peer means once the handshake is over. `fingerprint256` as `X509Certificate` gives it, undefined when none was presented;
 * `verified`: `TLSSocket.authorized`.
 */
export function decideClientCertificate(
  mode: ClientCertificates,
  fingerprint256: string | undefined,
  verified: boolean,
): ClientCertificateDecision {
  if (mode === 'none') return { kind: 'accept', sha256: null };
  if (fingerprint256 === undefined)
    return mode === 'required' ? { kind: 'refuse', reason: 'certificate-missing' } : { kind: 'accept', sha256: null };
  if (!verified) return { kind: 'refuse', reason: 'certificate-not-verified' };
  return { kind: 'accept', sha256: fingerprint256.replaceAll(':', '').toLowerCase() };
}

/** RFC 9325 §4.5. */
const leastRsaBits = 2048;

function checkPair(cert: string, key: string): void {
  const certificate = certificateOf(cert, 'certificate');
  const secret = readable('key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(secret)) throw invalid('key is not that of the certificate');
  const { modulusLength } = certificate.publicKey.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < leastRsaBits) throw invalid('key is shorter than 2048 bits');
}

const certificateOf = (pem: string, what: string): X509Certificate => readable(what, () => new X509Certificate(pem));

/** Without the cause: a message of OpenSSL may show part of what it was given. */
function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw invalid(`${what} is not readable PEM`);
  }
}

const invalid = (problem: string): VoorrangError =>
  new VoorrangError('VRG_CONFIG_INVALID', undefined, { details: { problem } });
