import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { hasTool, runTool } from '@voorrang/testing';
import { type Running, startServer } from './support.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
let running: Running | undefined;
afterEach(() => running?.server.close());

const absent = ['storescu', 'echoscu'].filter((tool) => !hasTool(tool));
const title = `the tools of DCMTK${absent.length > 0 ? ` (skipped: ${absent.join(', ')} not installed)` : ''}`;

(absent.length > 0 ? describe.skip : describe)(title, () => {
  test('echoscu is answered', async () => {
    running = await startServer();
    const { code } = await runTool('echoscu', [
      '-aet',
      'SCANNER',
      '-aec',
      'VOORRANG',
      '127.0.0.1',
      String(running.server.port),
    ]);
    expect(code).toBe(0);
  });

  test('storescu sends CT, big endian MR and a plan, and a compressed MR as it is', async () => {
    running = await startServer();
    const port = String(running.server.port);
    const files = ['CT_small', 'MR_small_bigendian', 'rtplan'].map((name) => join(fixtures, `${name}.dcm`));
    const plain = await runTool('storescu', [
      '-aet',
      'SCANNER',
      '-aec',
      'VOORRANG',
      '-xb',
      '127.0.0.1',
      port,
      ...files,
    ]);
    const compressed = await runTool('storescu', [
      '-aet',
      'SCANNER',
      '-aec',
      'VOORRANG',
      '-xr',
      '127.0.0.1',
      port,
      join(fixtures, 'MR_small_RLE.dcm'),
    ]);
    expect([plain.code, compressed.code]).toEqual([0, 0]);
    expect(running.stored.map(({ header, transferSyntax }) => [header.modality, transferSyntax])).toEqual([
      ['CT', '1.2.840.10008.1.2.1'],
      ['MR', '1.2.840.10008.1.2.2'],
      ['RTPLAN', '1.2.840.10008.1.2.2'],
      ['MR', '1.2.840.10008.1.2.5'],
    ]);
    expect(running.events.filter((event) => event.kind === 'ended').map(({ end }) => end)).toEqual([
      'released',
      'released',
    ]);
  });
});
