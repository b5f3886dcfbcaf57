import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Our receiver in a process of its own, as `storescp` is. */
export type Receiver = { readonly port: number; stop(): Promise<void> };

/** `keeping`: each header is synced to a journal in the directory before the answer; else it is read and dropped. */
export async function startReceiver(directory: string, keeping: boolean): Promise<Receiver> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./receiver-main.ts', import.meta.url)), directory, String(keeping)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve) =>
    createInterface({ input: child.stdout }).once('line', (line) => resolve(Number(line))),
  );
  return {
    port,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
