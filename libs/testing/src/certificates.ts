import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate with its key, as PEM, and what a listener compares: lower-case hex SHA-256. */
export type TestCertificate = { readonly cert: string; readonly key: string; readonly sha256: string };

export type TestAuthority = TestCertificate & {
  /** A certificate for `localhost` and 127.0.0.1 that serves both sides. */
  readonly issue: (name: string, options?: IssueOptions) => TestCertificate;
};
type IssueOptions = { readonly notAfter?: Date; readonly rsaBits?: number };

const year = 365 * 86_400_000;

/** An authority of its own for one test, without any program: X.509 version 3 (RFC 5280 §4.1) with ECDSA over P-256 and SHA-256. */
export function testAuthority(name = 'Test authority'): TestAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = certificate({
    subject: name,
    issuer: name,
    publicKey: keys.publicKey,
    signer: keys.privateKey,
    isAuthority: true,
  });
  return {
    ...described(own, keys.privateKey),
    issue: (subject, { notAfter, rsaBits } = {}) => {
      const { publicKey, privateKey } =
        rsaBits === undefined
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('rsa', { modulusLength: rsaBits });
      const issued = { subject, issuer: name, publicKey, signer: keys.privateKey, isAuthority: false };
      return described(certificate({ ...issued, ...(notAfter === undefined ? {} : { notAfter }) }), privateKey);
    },
  };
}

const described = (der: Buffer, key: KeyObject): TestCertificate => ({
  cert: `-----BEGIN CERTIFICATE-----\n${lines(der.toString('base64'))}\n-----END CERTIFICATE-----\n`,
  key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  sha256: createHash('sha256').update(der).digest('hex'),
});

/** Never an empty line: some readers of PEM take it for the end. */
const lines = (text: string): string => (text.match(/.{1,64}/g) ?? []).join('\n');

type Parts = {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly isAuthority: boolean;
  readonly notAfter?: Date;
};

function certificate({ subject, issuer, publicKey, signer, isAuthority, notAfter }: Parts): Buffer {
  const until = notAfter ?? new Date(Date.now() + year);
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(new Date(until.getTime() - 2 * year)), time(until)),
    commonName(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(...(isAuthority ? authorityExtensions : peerExtensions))),
  );
  return sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signer)));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const bits = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);
/** UTCTime to 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
const time = (at: Date): Buffer => {
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, '');
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
};
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid(0x55, 4, 3), der(0x0c, Buffer.from(name)))));
const extension = (number: number, isCritical: boolean, value: Buffer): Buffer =>
  sequence(oid(0x55, 0x1d, number), ...(isCritical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2));
/** Basic constraints, key usage (sign certificates and lists). */
const authorityExtensions = [
  extension(19, true, sequence(der(0x01, Buffer.from([0xff])))),
  extension(15, true, der(0x03, Buffer.from([1, 0x06]))),
];
/** Subject alternative names. */
const peerExtensions = [
  extension(17, false, sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))),
];
