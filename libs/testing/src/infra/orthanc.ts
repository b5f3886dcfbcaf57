import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestCertificate } from '../certificates.ts';
import { freePort } from '../free-port.ts';
import { tempDirectory } from '../temp-directory.ts';
import { spawnLogged } from './child.ts';
import { findProgram } from './programs.ts';

export type OrthancOptions = {
  /** Where it can send to, by the name that its REST interface uses. */
  readonly modalities: Readonly<
    Record<string, { readonly aet: string; readonly port: number; readonly tls?: boolean }>
  >;
  /** Paths of plugins to load. */
  readonly plugins?: readonly string[];
  /** Its own certificate and the authority of the others. */
  readonly tls?: { readonly own: TestCertificate; readonly authority: string };
};

/** A PACS of its own on free loopback ports, without sign-in, with nothing in it. */
export type Orthanc = {
  readonly dicomPort: number;
  readonly httpUrl: string;
  /** Calls its REST interface and gives the JSON answer; rejects for any other status than 200 with the answer's text. */
  call(method: string, path: string, body?: Uint8Array | string): Promise<unknown>;
  stop(): Promise<void>;
};

/** QIDO-RS and its siblings (Debian package orthanc-dicomweb). */
export const orthancDicomWeb = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

/** Debian puts the server where only root looks. */
export const orthancProgram = (): string | undefined => findProgram('Orthanc', ['/usr/sbin']);

export async function startOrthanc(options: OrthancOptions): Promise<Orthanc> {
  const program = orthancProgram();
  if (program === undefined) throw new Error('Orthanc is not installed');
  const directory = await tempDirectory('voorrang-orthanc-');
  const dicomPort = await freePort();
  const httpPort = await freePort();
  const file = (name: string): string => join(directory.path, name);
  await mkdir(file('storage'));
  await writeFile(file('orthanc.json'), JSON.stringify(await configurationOf(options, { dicomPort, httpPort, file })));
  const child = spawnLogged(program, [file('orthanc.json')], { cwd: directory.path, logFile: file('output.log') });
  const httpUrl = `http://127.0.0.1:${httpPort}`;
  const stop = async (): Promise<void> => {
    await child.end();
    await directory.remove();
  };
  const call = async (method: string, path: string, body?: Uint8Array | string): Promise<unknown> => {
    const response = await fetch(`${httpUrl}${path}`, { method, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  for (const until = performance.now() + 30_000; ; ) {
    if (await call('GET', '/system').catch(() => undefined)) return { dicomPort, httpUrl, call, stop };
    if (!child.running || performance.now() > until) {
      const log = await child.tail();
      await stop();
      throw new Error(`Orthanc does not answer:\n${log}`);
    }
    await delay(50);
  }
}

async function configurationOf(
  { modalities, plugins = [], tls }: OrthancOptions,
  place: { readonly dicomPort: number; readonly httpPort: number; readonly file: (name: string) => string },
): Promise<object> {
  const { file, dicomPort, httpPort } = place;
  const base = {
    Name: 'test',
    StorageDirectory: file('storage'),
    IndexDirectory: file('storage'),
    DicomAet: 'ORTHANC',
    DicomPort: dicomPort,
    HttpPort: httpPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    OverwriteInstances: true,
    Plugins: plugins,
    DicomModalities: Object.fromEntries(
      Object.entries(modalities).map(([name, { aet, port, tls: useTls = false }]) => [
        name,
        { AET: aet, Host: '127.0.0.1', Port: port, UseDicomTls: useTls },
      ]),
    ),
  };
  if (tls === undefined) return base;
  const files = { 'own.crt': tls.own.cert, 'own.key': tls.own.key, 'authority.crt': tls.authority };
  for (const [name, content] of Object.entries(files)) await writeFile(file(name), content);
  return {
    ...base,
    DicomTlsCertificate: file('own.crt'),
    DicomTlsPrivateKey: file('own.key'),
    DicomTlsTrustedCertificates: file('authority.crt'),
  };
}
