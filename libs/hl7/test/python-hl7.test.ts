import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { pythonWith, runTool } from '@voorrang/testing';
import { fixture } from './helpers.ts';
import { answering } from './peers/answering.ts';
import { describeWithPeer, peer } from './peers/describe-with-peer.ts';
import { endAll, serve } from './wire.ts';

afterEach(endAll);

const found = await peer(async () => {
  const python = await pythonWith(['hl7==0.4.5']);
  if (python.how === 'absent') throw new Error(python.reason);
  return python;
});

describeWithPeer('python-hl7 over MLLP', found, ({ program, env }) => {
  async function sendAll(port: number, messages: readonly Uint8Array[]): Promise<unknown[]> {
    const sender = join(import.meta.dirname, 'peers', 'python-hl7-sender.py');
    const input = `${messages.map((each) => Buffer.from(each).toString('base64')).join('\n')}\n`;
    const run = await runTool(program, [sender, `${port}`], { input, env, timeoutMs: 60_000 });
    if (run.code !== 0) throw new Error(run.stderr);
    return run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }
  const msh = (id: string, mode = ''): string => `MSH|^~\\&|A|B|C|D|2026||ADT^A08|${id}|P|2.5|||${mode}\r`;

  test('reads original and enhanced answers and their errors', async () => {
    const { port } = await serve(answering());
    const told = await sendAll(
      port,
      [msh('A1'), msh('E2'), msh('A3', 'AL|NE')].map((each) => Buffer.from(each)),
    );
    expect(told).toEqual([
      { type: 'ACK^A08^ACK', code: 'AA', id: 'A1', errors: [] },
      {
        type: 'ACK^A08^ACK',
        code: 'AE',
        id: 'E2',
        errors: [
          'ERR||PID^1^3|101^Required field missing^HL70357|E||||a usable patient id is needed',
          'ERR||ORC^2^1^1^1|103^Table value not found^HL70357|E||||odd \\F\\ and \\S\\ and \\E\\',
        ],
      },
      { type: 'ACK^A08^ACK', code: 'CA', id: 'A3', errors: [] },
    ]);
  }, 60_000);

  test('reads the answer to its own batches as a batch, and that to a file as a file', async () => {
    const { port } = await serve(answering());
    // The published ones want no acknowledgement (MSH-15 and MSH-16 NE), and the file has no control id.
    const asking = (name: string): Uint8Array =>
      Buffer.from(Buffer.from(fixture(name)).toString().replaceAll('|NE|NE', '||').replace('.hl7|', '.hl7|F7'));
    const told = await sendAll(port, [asking('python-hl7/sample_batch1.hl7'), asking('python-hl7/sample_file1.hl7')]);
    const ack = (id: string) => ({ type: 'ACK^A04^ACK', code: 'AA', id, errors: [] });
    expect(told).toEqual([
      { batch: 'abchs20070101123401-1', messages: [ack('12334456778890'), ack('12334456778891')], count: '2' },
      { file: 'F7', batches: [[ack('12334456778890'), ack('12334456778891')], [ack('12334456778890')]] },
    ]);
  }, 60_000);
});
