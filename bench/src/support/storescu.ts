import { execFile, spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const hasDcmtk = (): boolean => spawnSync('storescu', ['--version']).status === 0;

/** dcmtk's `storescu`, `associations` at a time, each sending the file `times` times, TCP_NODELAY on and the largest PDU. */
export async function storescu(port: number, file: string, associations: number, times: number): Promise<void> {
  const args = ['--max-pdu', '131072', '--repeat', String(times), '-aec', 'VOORRANG', '127.0.0.1', String(port), file];
  const env = { ...process.env, TCP_NODELAY: '1', TCP_BUFFER_LENGTH: '131072' };
  await Promise.all(Array.from({ length: associations }, () => run('storescu', args, { env, maxBuffer: 2 ** 26 })));
}

/** dcmtk's `storescp --ignore`, forking per association. */
export async function startStorescp(port: number): Promise<{ stop(): void }> {
  const child = spawn('storescp', ['--ignore', '--fork', '--max-pdu', '131072', '-aet', 'VOORRANG', String(port)], {
    env: { ...process.env, TCP_NODELAY: '1' },
    stdio: 'ignore',
  });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { stop: () => child.kill('SIGTERM') };
}
