import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, hasTool } from '@voorrang/testing/infrastructure';
import { type Receiver, startOurs, startTheirs } from './processes.ts';

/** Where dcmtk and Orthanc are installed; the rest is ours or from npm. */
const orthancProgram = ['Orthanc', '/usr/sbin/Orthanc'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Every receiver of the comparison, each in a process of its own; those of others only where they are installed. */
export async function startReceivers(directory: string, objectBytes: number): Promise<Receiver[]> {
  const receivers = [await startOurs('sink', './sink-main.ts', [String(objectBytes)])];
  receivers.push(await startOurs('header read', './receiver-main.ts'));
  receivers.push(await startEdge(join(directory, 'edge')));
  if (hasTool('storescp')) {
    const port = await freePort();
    const args = ['--ignore', '--fork', '--max-pdu', '131072', '-aet', 'VOORRANG', String(port)];
    receivers.push(await startTheirs('storescp', 'storescp', args, port, { TCP_NODELAY: '1' }));
  }
  if (orthancProgram !== undefined) receivers.push(await startOrthanc(orthancProgram, join(directory, 'orthanc')));
  receivers.push(await startOurs('dcmjs-dimse', './dcmjs-dimse-main.ts', [String(await freePort())]));
  return receivers;
}

/** The ingest service with its spool on disk, without the rest of the product. Ports: DICOM, MLLP. */
export async function startEdge(directory: string): Promise<Receiver> {
  await mkdir(directory, { recursive: true });
  return startOurs('edge', '../../../app/test/edge/main.ts', [], {
    VOORRANG_DATA_DIR: directory,
    VOORRANG_DICOM_PORT: String(await freePort()),
    VOORRANG_MLLP_PORT: String(await freePort()),
    VOORRANG_LOG_LEVEL: 'error',
    VOORRANG_SPOOL_LIMIT_MB: '100000',
  });
}

/** Keeps whole objects, as it always does; answers after its database and its file are written, not synced. */
async function startOrthanc(program: string, directory: string): Promise<Receiver> {
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const configuration = {
    StorageDirectory: directory,
    IndexDirectory: directory,
    HttpServerEnabled: false,
    DicomPort: port,
    DicomAet: 'VOORRANG',
    DicomCheckCalledAet: false,
    DicomAlwaysAllowStore: true,
    MaximumPduLength: 131_072,
    DicomThreadsCount: 4,
    StorageCompression: false,
    StoreMD5ForAttachments: false,
    Plugins: [],
  };
  const path = join(directory, 'orthanc.json');
  await writeFile(path, JSON.stringify(configuration));
  return startTheirs('Orthanc', program, [path], port, { TCP_NODELAY: '1' });
}
