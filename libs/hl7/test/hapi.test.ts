import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { findProgram, jarsOf, runTool, tempDirectory, testAuthority } from '@voorrang/testing';
import { answering } from './peers/answering.ts';
import { describeWithPeer, peer } from './peers/describe-with-peer.ts';
import { endAll, serve } from './wire.ts';

afterEach(endAll);

const versions = ['2.1', '2.2', '2.3', '2.3.1', '2.4', '2.5', '2.5.1', '2.6', '2.7', '2.8'] as const;
const hapi = {
  name: 'hapi-2.6.0',
  dependencies: [
    ...versions.map((version) => `ca.uhn.hapi:hapi-structures-v${version.replaceAll('.', '')}:2.6.0`),
    'org.slf4j:slf4j-nop:2.0.13',
  ],
};

const found = await peer(async () => {
  if (findProgram('javac') === undefined) throw new Error('no JDK is installed');
  return jarsOf(hapi, findProgram('mvn'));
});

/** A message that HAPI itself finds valid: v2.7 took EVN-1 away. */
const message = (version: string, id: string, mode = ''): string => {
  const event = version === '2.7' || version === '2.8' ? '' : 'A08';
  const header = `MSH|^~\\&|RIS|HOSP|V|H|20261123100000||ADT^A08^ADT_A01|${id}|P|${version}|||${mode}`;
  return `${header}\rEVN|${event}|20261123100000\rPID|1||7^^^H^MR||Jansen^Jan\rPV1|1|I\r`;
};

/** What HAPI says of each answer: structure, version, MSA-1, MSA-2, MSA-3, ERR segments. */
async function sendAll(jars: string, port: number, messages: readonly string[], files: readonly string[] = []) {
  const program = join(import.meta.dirname, 'peers', 'HapiSender.java');
  const input = `${messages.map((each) => Buffer.from(each).toString('base64')).join('\n')}\n`;
  const run = await runTool('java', ['-cp', join(jars, '*'), program, `${port}`, ...files], {
    input,
    timeoutMs: 60_000,
  });
  if (run.code !== 0) throw new Error(run.stderr);
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

describeWithPeer('HAPI over MLLP', found, (jars) => {
  const early = 'ERR|PID^1^3^101&Required field missing~ORC^2^1^103&Table value not found';
  const late = [
    'ERR||PID^1^3|101^Required field missing^HL70357|E||||a usable patient id is needed',
    'ERR||ORC^2^1^1^1|103^Table value not found^HL70357|E||||odd \\F\\ and \\S\\ and \\E\\',
  ];
  const text = 'a usable patient id is needed';

  test('takes every kind of answer in every version for a valid ACK of that version', async () => {
    const { port } = await serve(answering());
    const sent = versions.flatMap((version) =>
      ['A', 'E', 'R', 'W'].map((kind) => message(version, `${kind}-${version}`)),
    );
    const told = await sendAll(jars, port, sent);
    const release = (version: string): number => Number(version[2]);
    expect(told).toEqual(
      versions.flatMap((version) => {
        const isLate = release(version) >= 5;
        const hasText = release(version) < 7;
        const row = (code: string, id: string, more: readonly string[]): string[] => [
          'ACK',
          version,
          code,
          `${id}-${version}`,
          ...more,
        ];
        return [
          row('AA', 'A', []),
          row('AE', 'E', [hasText ? text : '', ...(isLate ? late : [early])]),
          row('AR', 'R', [
            hasText ? 'the spool is full' : '',
            isLate
              ? 'ERR|||207^Application internal error^HL70357|E||||the spool is full'
              : 'ERR|^^^207&Application internal error',
          ]),
          isLate
            ? row('AA', 'W', ['', 'ERR||ORC^1^1|103^Table value not found^HL70357|W||||odd'])
            : row('AA', 'W', ['odd']),
        ];
      }),
    );
  }, 60_000);

  test('takes commit answers of the enhanced mode', async () => {
    const { port } = await serve(answering());
    const sent = [
      message('2.5.1', 'A1', 'AL|NE'),
      message('2.5.1', 'E1', 'AL|NE'),
      message('2.3.1', 'R1', 'ER|NE'),
      message('2.5', 'A2', 'NE|AL'),
    ];
    expect((await sendAll(jars, port, sent)).map((each) => each.slice(0, 4).join(' '))).toEqual([
      'ACK 2.5.1 CA A1',
      'ACK 2.5.1 CE E1',
      'ACK 2.3.1 CR R1',
      'ACK 2.5 AA A2',
    ]);
  }, 60_000);

  test('speaks TLS with a certificate of its own', async () => {
    const authority = testAuthority();
    const [own, client] = [authority.issue('localhost'), authority.issue('ris')];
    const seen: (string | null)[] = [];
    const answer = answering();
    const { port } = await serve(
      (bytes, who) => {
        seen.push(who.certificateSha256);
        return answer(bytes, who);
      },
      { tls: { ...own, ca: authority.cert, clientCertificate: 'required' } },
    );
    const directory = await tempDirectory();
    try {
      const files: string[] = [];
      for (const [name, pem] of Object.entries({ authority: authority.cert, cert: client.cert, key: client.key })) {
        files.push(join(directory.path, `${name}.pem`));
        await writeFile(files.at(-1) ?? '', pem);
      }
      const told = await sendAll(jars, port, [message('2.5', 'A1'), message('2.5', 'E2')], files);
      expect(told.map((each) => each.slice(2, 4).join(' '))).toEqual(['AA A1', 'AE E2']);
      expect(seen).toEqual([client.sha256, client.sha256]);
    } finally {
      await directory.remove();
    }
  }, 60_000);
});
