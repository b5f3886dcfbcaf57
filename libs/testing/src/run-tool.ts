import { spawn } from 'node:child_process';
import { endWithThisProcess } from './infra/child.ts';
import { findProgram } from './infra/programs.ts';

export type ToolRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Whether a program is in `PATH`. */
export const hasTool = (name: string): boolean => findProgram(name) !== undefined;

/** Runs a program such as `storescu` to its end. Resolves with its exit code, whatever it is; rejects when it cannot be started or takes too long. */
export function runTool(
  name: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly input?: string;
    readonly timeoutMs?: number;
    /** Added to the environment. */
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<ToolRun> {
  const { cwd, input, timeoutMs = 30_000, env } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(name, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
      stdio: 'pipe',
    });
    endWithThisProcess(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${name} did not end within ${timeoutMs} ms:\n${stderr.slice(-2_000)}`));
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}
