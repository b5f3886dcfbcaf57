import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { testAuthority } from '@voorrang/testing';
import { loadSettings } from './load-settings.ts';

const problemsOf = (environment: Record<string, string>): string[] => {
  const loaded = loadSettings(environment);
  return loaded.ok ? [] : loaded.error.map(({ place, message }) => `${place}: ${message}`);
};
const addresses = {
  VOORRANG_KAFKA_BROKERS: 'a:9092',
  VOORRANG_REDIS_URL: 'redis://r',
  VOORRANG_DATABASE_URL: 'postgres://d/v',
};
const secrets = { VOORRANG_KEY_SECRET: 'k'.repeat(32), VOORRANG_API_TOKEN: 't'.repeat(32) };

describe('loading the settings', () => {
  test('nothing given is the embedded profile on loopback with the documented defaults', () => {
    const loaded = loadSettings({ PATH: '/bin' });
    expect(loaded.ok && loaded.value).toMatchObject({
      profile: 'embedded',
      settings: {
        VOORRANG_HTTP_PORT: 8080,
        VOORRANG_DICOM_PORT: 11112,
        VOORRANG_MLLP_PORT: 2575,
        VOORRANG_BIND: '127.0.0.1',
        VOORRANG_SITE: 'EX',
      },
    });
  });

  test('all three addresses are the distributed profile', () => {
    const loaded = loadSettings({ ...addresses, ...secrets });
    expect(loaded.ok && loaded.value.profile).toBe('distributed');
  });

  test.each(['VOORRANG_KAFKA_BROKERS', 'VOORRANG_REDIS_URL', 'VOORRANG_DATABASE_URL'])(
    'a mix without %s is refused',
    (missing) => {
      expect(problemsOf({ ...addresses, ...secrets, [missing]: '' }).join()).toMatch(/give all three/);
    },
  );

  test('unknown names and bad values are told together', () => {
    const problems = problemsOf({ VOORRANG_HTTP_PROT: '1', VOORRANG_DICOM_PORT: 'x', VOORRANG_SITE: 'a b' });
    expect(problems).toHaveLength(3);
    expect(problems).toContain('VOORRANG_HTTP_PROT: no setting has this name');
  });

  test('a problem in the configuration file names file and line', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'voorrang-')), 'voorrang.yaml');
    writeFileSync(file, 'VOORRANG_SITE: EX\nVOORRANG_HTTP_PORT: high\nVOORRANG_COLOUR: red\n');
    const problems = problemsOf({ VOORRANG_CONFIG: file });
    expect(problems.some((p) => p.startsWith(`${file}:2 VOORRANG_HTTP_PORT`))).toBe(true);
    expect(problems.some((p) => p.startsWith(`${file}:3 VOORRANG_COLOUR`))).toBe(true);
  });

  test('a foreign bind address needs a token, a protocol of its own and a waiver for each listener without TLS', () => {
    const open = { VOORRANG_BIND: '0.0.0.0' };
    expect(problemsOf(open)).toHaveLength(5);
    const allowed = {
      ...open,
      VOORRANG_API_TOKEN: 't'.repeat(32),
      VOORRANG_POLICY_DIR: 'x',
      VOORRANG_PLAINTEXT_WAIVER: 'http:proxy,dicom:CT1,mllp:RIS',
    };
    expect(problemsOf(allowed)).toEqual([]);
    expect(problemsOf({ ...allowed, VOORRANG_TIME_SCALE: '60' })).toEqual([
      'VOORRANG_TIME_SCALE: allowed only when bound to loopback',
    ]);
  });

  test('a listener with TLS needs no waiver, and mistakes in its certificates are told with everything else', () => {
    const open = {
      VOORRANG_BIND: '0.0.0.0',
      VOORRANG_API_TOKEN: 't'.repeat(32),
      VOORRANG_POLICY_DIR: 'x',
      VOORRANG_HTTP_TLS: 'true',
      VOORRANG_DICOM_TLS_PORT: '2762',
      VOORRANG_MLLP_TLS_PORT: '0',
    };
    expect(problemsOf(open).map((problem) => problem.split(':')[0])).toEqual([
      'VOORRANG_TLS_CERTIFICATE_FILE',
      'VOORRANG_TLS_KEY_FILE',
    ]);
    const directory = mkdtempSync(join(tmpdir(), 'voorrang-'));
    const write = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    const { cert, key } = testAuthority().issue('voorrang');
    const files = {
      VOORRANG_TLS_CERTIFICATE_FILE: write('cert.pem', cert),
      VOORRANG_TLS_KEY_FILE: write('key.pem', key),
    };
    expect(problemsOf({ ...open, ...files })).toEqual([]);
    const other = { ...files, VOORRANG_TLS_KEY_FILE: write('other.pem', testAuthority().issue('other').key) };
    expect(problemsOf({ ...open, ...other, VOORRANG_TIME_SCALE: '60' })).toEqual([
      'VOORRANG_TLS_CERTIFICATE_FILE: key is not that of the certificate',
      'VOORRANG_TIME_SCALE: allowed only when bound to loopback',
    ]);
    expect(problemsOf({ ...open, ...files, VOORRANG_TLS_CLIENT_CERTIFICATE: 'required' })).toEqual([
      'VOORRANG_TLS_CERTIFICATE_FILE: client certificates need an authority',
    ]);
    expect(problemsOf({ ...open, ...files, VOORRANG_TLS_CLIENT_CA_FILE: join(directory, 'none.pem') })).toEqual([
      `VOORRANG_TLS_CERTIFICATE_FILE: ${join(directory, 'none.pem')} cannot be read`,
    ]);
  });

  test('secrets never print', () => {
    const loaded = loadSettings(secrets);
    expect(JSON.stringify(loaded) + String(loaded.ok && loaded.value.settings.VOORRANG_API_TOKEN)).not.toContain(
      'tttt',
    );
  });
});
