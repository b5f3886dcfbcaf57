import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ServerTls } from '@voorrang/kernel';
import {
  runTool,
  type TempDirectory,
  type TestCertificate,
  tempDirectory,
  testAuthority,
  waitUntil,
} from '@voorrang/testing';
import { type Running, startServer } from './support.ts';
import { absentTools, describeWithPeers } from './with-peers.ts';

const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', `${name}.dcm`);
let running: Running | undefined;
afterEach(() => running?.server.close());

const titles = ['-aet', 'SCANNER', '-aec', 'VOORRANG'];
const place = (): string[] => ['127.0.0.1', String(running?.server.port)];
const ends = (): string[] => (running?.events ?? []).flatMap((event) => (event.kind === 'ended' ? [event.end] : []));

describeWithPeers('the tools of DCMTK', absentTools('storescu', 'echoscu', 'dcmsend'), () => {
  test('echoscu is answered', async () => {
    running = await startServer();
    expect((await runTool('echoscu', [...titles, ...place()])).code).toBe(0);
  });

  test('storescu sends CT, big endian MR and a plan, and a compressed MR as it is', async () => {
    running = await startServer();
    const files = ['CT_small', 'MR_small_bigendian', 'rtplan'].map(fixture);
    const plain = await runTool('storescu', [...titles, '-xb', ...place(), ...files]);
    const compressed = await runTool('storescu', [...titles, '-xr', ...place(), fixture('MR_small_RLE')]);
    expect([plain.code, compressed.code]).toEqual([0, 0]);
    expect(running.stored.map(({ header, transferSyntax }) => [header.modality, transferSyntax])).toEqual([
      ['CT', '1.2.840.10008.1.2.1'],
      ['MR', '1.2.840.10008.1.2.2'],
      ['RTPLAN', '1.2.840.10008.1.2.2'],
      ['MR', '1.2.840.10008.1.2.5'],
    ]);
    expect(ends()).toEqual(['released', 'released']);
  });

  test('dcmsend sends several objects in the syntaxes that the files have', async () => {
    running = await startServer();
    const files = ['CT_small', 'MR_small_RLE', 'image_dfl', 'rtplan'].map(fixture);
    expect((await runTool('dcmsend', [...titles, '--decompress-never', ...place(), ...files])).code).toBe(0);
    expect(running.stored.map(({ header }) => header.modality).sort()).toEqual(['CT', 'MR', 'OT', 'RTPLAN']);
  });

  test('a peer that is not known and a title that is not ours are told why', async () => {
    running = await startServer({
      peers: () => ({ peers: [{ callingAe: 'SCANNER' }], unknown: 'refuse', plaintextNeedsWaiver: false }),
    });
    const stranger = await runTool('echoscu', ['-v', '-aet', 'STRANGER', '-aec', 'VOORRANG', ...place()]);
    const elsewhere = await runTool('echoscu', ['-v', '-aet', 'SCANNER', '-aec', 'OTHER', ...place()]);
    expect(stranger.code).not.toBe(0);
    expect(stranger.stderr + stranger.stdout).toContain('Calling AE Title Not Recognized');
    expect(elsewhere.stderr + elsewhere.stdout).toContain('Called AE Title Not Recognized');
  });
});

// dcmsend of DCMTK 3.6.7 names the TLS options in its help and does not take them
describeWithPeers('the tools of DCMTK over TLS', absentTools('storescu', 'echoscu'), () => {
  const authority = testAuthority();
  const server = authority.issue('voorrang');
  const scanner = authority.issue('scanner', { rsaBits: 2048 });
  const foreign = testAuthority('Another authority');
  const stranger = foreign.issue('stranger');
  const tls: ServerTls = { ...server, ca: authority.cert, clientCertificate: 'required' };
  let directory: TempDirectory;
  const file = (name: string): string => join(directory.path, name);

  beforeAll(async () => {
    directory = await tempDirectory();
    const keep = async (name: string, { cert, key }: TestCertificate): Promise<void> => {
      await writeFile(file(`${name}.crt`), cert);
      await writeFile(file(`${name}.key`), key);
    };
    await keep('authority', authority);
    await keep('foreign', foreign);
    await keep('scanner', scanner);
    await keep('stranger', stranger);
  });
  afterAll(() => directory.remove());

  const secured = (name: string, trusted = 'authority'): string[] => [
    '+tls',
    file(`${name}.key`),
    file(`${name}.crt`),
    '+cf',
    file(`${trusted}.crt`),
  ];

  test('echoscu and storescu are served', async () => {
    running = await startServer({ tls });
    const echo = await runTool('echoscu', [...secured('scanner'), ...titles, ...place()]);
    const stored = await runTool('storescu', [...secured('scanner'), ...titles, ...place(), fixture('CT_small')]);
    expect([echo.code, stored.code]).toEqual([0, 0]);
    expect(running.stored.map(({ peer }) => [peer.tls, peer.certificateSha256])).toEqual([[true, scanner.sha256]]);
  });

  test.each([
    ['the profile of BCP 195 without downgrade', '+py', 0],
    ['the profile of BCP 195', '+px', 0],
    ['the extended profile of BCP 195', '+pz', 0],
    ['the retired profile without encryption', '+pn', 1],
  ])('%s (%s)', async (_name, profile, code) => {
    running = await startServer({ tls });
    const echo = await runTool('echoscu', [...secured('scanner'), profile, ...titles, ...place()]);
    expect(Math.sign(echo.code ?? 1)).toBe(code);
  });

  test('a certificate of another authority is refused, and nothing else suffers', async () => {
    running = await startServer({ tls });
    const refused = await runTool('storescu', [...secured('stranger'), ...titles, ...place(), fixture('CT_small')]);
    expect(refused.code).not.toBe(0);
    const { events } = running;
    await waitUntil(() => events.length > 0);
    expect(events).toMatchObject([{ kind: 'tls-refused', reason: 'certificate-not-verified' }]);
    expect((await runTool('echoscu', [...secured('scanner'), ...titles, ...place()])).code).toBe(0);
    expect(running.stored).toEqual([]);
  });

  test('a sender that does not trust our authority does not send', async () => {
    running = await startServer({ tls });
    const args = [...secured('scanner', 'foreign'), ...titles, ...place(), fixture('CT_small')];
    expect((await runTool('storescu', args)).code).not.toBe(0);
    expect(running.stored).toEqual([]);
  });

  test('a sender without TLS is not served', async () => {
    running = await startServer({ tls });
    expect((await runTool('echoscu', [...titles, '-ta', '5', ...place()])).code).not.toBe(0);
    const { events } = running;
    await waitUntil(() => events.length > 0);
    expect(events).toMatchObject([{ kind: 'tls-refused', reason: 'handshake' }]);
  });
});
