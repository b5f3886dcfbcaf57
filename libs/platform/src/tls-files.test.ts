import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type ServerTls, seconds } from '@voorrang/kernel';
import { FakeClock, testAuthority } from '@voorrang/testing';
import { createLogger } from './logger.ts';
import { type TlsFiles, tlsFilesOf, watchTlsFiles } from './tls-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'voorrang-tls-'));
afterAll(() => rmSync(directory, { recursive: true }));
const files: TlsFiles = {
  certificateFile: join(directory, 'cert.pem'),
  keyFile: join(directory, 'key.pem'),
  clientCertificate: 'none',
};

test('a renewed pair is taken when both files fit together, and nothing before', async () => {
  const authority = testAuthority();
  const [old, renewed] = [authority.issue('voorrang'), authority.issue('voorrang')];
  writeFileSync(files.certificateFile, old.cert);
  writeFileSync(files.keyFile, old.key);
  const clock = new FakeClock();
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  const taken: ServerTls[] = [];
  const stop = watchTlsFiles({ files, clock, logger, onChange: (tls) => void taken.push(tls) });
  await clock.advance(seconds(10));
  expect(taken).toEqual([]);
  writeFileSync(files.certificateFile, `${renewed.cert}\n`);
  await clock.advance(seconds(20));
  expect(taken).toEqual([]);
  expect(lines.map((line) => JSON.parse(line).problem)).toEqual(['key is not that of the certificate']);
  writeFileSync(files.keyFile, `${renewed.key}\n`);
  await clock.advance(seconds(10));
  expect(taken.map(({ key }) => key)).toEqual([`${renewed.key}\n`]);
  await clock.advance(seconds(60));
  expect(taken).toHaveLength(1);
  await stop();
});

test('an authority that is given is used, unless a setting says otherwise', () => {
  const given = { VOORRANG_TLS_CERTIFICATE_FILE: 'c', VOORRANG_TLS_KEY_FILE: 'k' };
  const rest = { VOORRANG_TLS_CLIENT_CA_FILE: undefined, VOORRANG_TLS_CLIENT_CERTIFICATE: undefined };
  expect(tlsFilesOf({ ...rest, ...given })).toMatchObject({ clientCertificate: 'none' });
  expect(tlsFilesOf({ ...rest, ...given, VOORRANG_TLS_CLIENT_CA_FILE: 'a' })).toMatchObject({
    clientCertificate: 'required',
  });
  expect(
    tlsFilesOf({ ...given, VOORRANG_TLS_CLIENT_CA_FILE: 'a', VOORRANG_TLS_CLIENT_CERTIFICATE: 'optional' }),
  ).toMatchObject({ clientCertificate: 'optional' });
  expect(tlsFilesOf({ ...rest, VOORRANG_TLS_CERTIFICATE_FILE: 'c', VOORRANG_TLS_KEY_FILE: undefined })).toBeUndefined();
});
