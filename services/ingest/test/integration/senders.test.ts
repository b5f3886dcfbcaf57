import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { openAssociation } from '@voorrang/dicom';
import { type ClientTls, tlsClientOptions } from '@voorrang/kernel';
import type { Senders } from '@voorrang/protocol';
import { testAuthority, waitUntil } from '@voorrang/testing';
import type { IngestConfigInput } from '../../src/composition.ts';
import { codesOf, order } from '../messages.ts';
import { sendHl7Over, startWorld, type World } from '../support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});
const start = async (config: IngestConfigInput, senders: Partial<Senders>): Promise<World> => {
  world = await startWorld(config, { senders });
  return world;
};

const authority = testAuthority();
const [own, ris, other] = ['voorrang', 'ris', 'other'].map((name) => authority.issue(name)) as [Cert, Cert, Cert];
type Cert = ReturnType<typeof authority.issue>;

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

function tlsFiles(clientCertificate: 'none' | 'optional' | 'required') {
  const directory = mkdtempSync(join(tmpdir(), 'voorrang-ingest-tls-'));
  directories.push(directory);
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const files = { certificateFile: write('cert.pem', own.cert), keyFile: write('key.pem', own.key) };
  return { ...files, clientCaFile: write('ca.pem', authority.cert), clientCertificate };
}
const clientOf = (certificate?: Cert): ClientTls => ({
  ca: authority.cert,
  ...(certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key }),
});

const overPlain = ({ ingest }: World, ...messages: string[]): Promise<string[]> =>
  sendHl7Over(connect({ host: '127.0.0.1', port: ingest.mllpPort() }), messages);
const overTls = ({ ingest }: World, certificate: Cert | undefined, ...messages: string[]): Promise<string[]> =>
  sendHl7Over(
    connectTls({ host: '127.0.0.1', port: ingest.mllpTlsPort(), ...tlsClientOptions(clientOf(certificate)) }),
    messages,
  );
const echo = async (port: number, callingAe: string, tls?: ClientTls): Promise<number> => {
  const verification = '1.2.840.10008.1.1';
  const target = { host: '127.0.0.1', port, calledAe: 'VOORRANG', callingAe, timeoutMs: 5_000 };
  const association = await openAssociation({ ...target, ...(tls === undefined ? {} : { tls }) }, [
    { abstractSyntax: verification, transferSyntaxes: ['1.2.840.10008.1.2'] },
  ]);
  const { status } = await association.ask({ operation: 'C-ECHO', sopClassUid: verification });
  await association.release();
  return status;
};

const hl7 = { facility: '*', site: 'EX', authority: 'EXHOSP', charset: '8859/1' };
const named = {
  dicom: [
    { callingAe: 'CT1', site: 'EX', authority: 'EXHOSP' },
    { callingAe: 'CT2', site: 'EX', authority: 'EXHOSP', certificates: [ris.sha256] },
  ],
  hl7: [
    { ...hl7, application: 'EXRIS' },
    { ...hl7, application: 'BOUND', certificates: [ris.sha256] },
    { ...hl7, application: 'FAR', addresses: ['10.9.0.0/16'] },
  ],
};
const refuseStrangers = { authority: 'EXHOSP', charset: '8859/1', unknown: 'refuse' } as const;
const from = (application: string, control: string): string => order(control).replace('|EXRIS|', `|${application}|`);

describe('who may speak', () => {
  test('strangers are taken or refused as the protocol says, and refused ones leave nothing behind', async () => {
    const on = await start({}, { ...named, fallback: refuseStrangers });
    const [taken, refused = ''] = await overPlain(on, from('EXRIS', 'S1'), from('STRANGER', 'S2'));
    expect(codesOf([taken ?? '', refused])).toEqual(['AA S1', 'AR S2']);
    expect(refused).toContain('MSH^1^3');
    expect(on.spool.accepted).toHaveLength(1);
    expect((await on.api('GET', '/api/v1/quarantine')).body).toEqual({ items: [], nextCursor: null });
    expect(await echo(on.ingest.dicomPort(), 'CT1')).toBe(0);
    await expect(echo(on.ingest.dicomPort(), 'STRANGER')).rejects.toMatchObject({ code: 'VRG_DICOM_PEER_REFUSED' });
  });

  test('a sender that is bound to a certificate or an address speaks from there only', async () => {
    const config = { dicomTlsPort: 0, mllpTlsPort: 0, tls: tlsFiles('optional') };
    const on = await start(config, { ...named, fallback: refuseStrangers });
    expect(codesOf(await overPlain(on, from('BOUND', 'C1'), from('FAR', 'C2')))).toEqual(['AR C1', 'AR C2']);
    expect(codesOf(await overTls(on, other, from('BOUND', 'C3')))).toEqual(['AR C3']);
    expect(codesOf(await overTls(on, ris, from('BOUND', 'C4'), from('EXRIS', 'C5')))).toEqual(['AA C4', 'AA C5']);
    const { dicomPort, dicomTlsPort } = on.ingest;
    await expect(echo(dicomPort(), 'CT2')).rejects.toMatchObject({ code: 'VRG_DICOM_PEER_REFUSED' });
    await expect(echo(dicomTlsPort(), 'CT2', clientOf(other))).rejects.toMatchObject({
      code: 'VRG_DICOM_PEER_REFUSED',
    });
    expect(await echo(dicomTlsPort(), 'CT2', clientOf(ris))).toBe(0);
    expect(on.spool.accepted).toHaveLength(2);
    expect(on.logged.some((line) => line.includes('a sender that may not speak was refused'))).toBe(true);
  });

  test('required client certificates are asked of everybody at the port with TLS', async () => {
    const on = await start({ mllpTlsPort: 0, tls: tlsFiles('required') }, named);
    await expect(overTls(on, undefined, from('EXRIS', 'R1'))).rejects.toThrow();
    expect(codesOf(await overTls(on, other, from('EXRIS', 'R2')))).toEqual(['AA R2']);
  });
});

describe('bound to more than loopback', () => {
  const open = { bind: '0.0.0.0', dicomTlsPort: 0, mllpTlsPort: 0 };

  test('a peer that no waiver names is refused without TLS and taken with it', async () => {
    const config = { ...open, tls: tlsFiles('required'), plaintextWaivers: { dicom: ['CT1'], mllp: ['EXRIS'] } };
    const on = await start(config, named);
    expect(codesOf(await overPlain(on, from('EXRIS', 'W1'), from('BOUND', 'W2'), from('NOBODY', 'W3')))).toEqual([
      'AA W1',
      'AR W2',
      'AR W3',
    ]);
    expect(codesOf(await overTls(on, ris, from('BOUND', 'W4')))).toEqual(['AA W4']);
    expect(await echo(on.ingest.dicomPort(), 'CT1')).toBe(0);
    await expect(echo(on.ingest.dicomPort(), 'CT2')).rejects.toMatchObject({ code: 'VRG_DICOM_PEER_REFUSED' });
    expect(await echo(on.ingest.dicomTlsPort(), 'CT2', clientOf(ris))).toBe(0);
  });

  test('without any waiver there is no port without TLS', async () => {
    const on = await start({ ...open, tls: tlsFiles('required') }, named);
    expect([on.ingest.dicomPort(), on.ingest.mllpPort()]).toEqual([0, 0]);
    expect(on.ingest.ports().every((line) => line.includes('over TLS'))).toBe(true);
    expect(codesOf(await overTls(on, ris, from('EXRIS', 'N1')))).toEqual(['AA N1']);
  });

  test.each([
    [{ plaintextWaivers: { dicom: ['CT9'], mllp: ['NO'] }, tls: tlsFiles('required') }, /dicom:CT9.*mllp:NO/],
    [{ tls: tlsFiles('none') }, /anybody could send over TLS/],
    [{}, /a port with TLS needs a certificate/],
  ])('the start is refused when the listeners would be open to whom nobody named (%#)', async (config, why) => {
    await expect(start({ ...open, ...config }, named)).rejects.toMatchObject({
      code: 'VRG_CONFIG_INVALID',
      message: expect.stringMatching(why),
    });
  });
});

test('a renewed certificate is shown to those who connect after it', async () => {
  const tls = tlsFiles('none');
  const on = await start({ mllpTlsPort: 0, dicomTlsPort: 0, tls, limits: { tlsLookSeconds: 0.05 } }, named);
  const shown = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, ...tlsClientOptions(clientOf()) }, () => {
        resolve(socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase());
        socket.destroy();
      });
      socket.on('error', reject);
    });
  expect(await shown(on.ingest.mllpTlsPort())).toBe(own.sha256);
  writeFileSync(tls.keyFile, other.key);
  writeFileSync(tls.certificateFile, other.cert);
  await waitUntil(async () => (await shown(on.ingest.mllpTlsPort())) === other.sha256);
  expect(await shown(on.ingest.dicomTlsPort())).toBe(other.sha256);
});
