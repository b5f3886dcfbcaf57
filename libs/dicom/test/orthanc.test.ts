import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { orthancProgram, startOrthanc, testAuthority } from '@voorrang/testing';
import { type Running, startServer } from './support.ts';
import { describeWithPeers } from './with-peers.ts';

let running: Running | undefined;
afterEach(() => running?.server.close());

const names = ['CT_small', 'MR_small_RLE', 'MR_small_bigendian', 'rtplan'];

describeWithPeers('Orthanc', orthancProgram() === undefined ? ['Orthanc is not installed'] : [], () => {
  test.each(['plain', 'TLS'])(
    'verifies and sends what it holds (%s)',
    async (kind) => {
      const authority = testAuthority();
      const own = authority.issue('orthanc');
      const secured = { ...authority.issue('voorrang'), ca: authority.cert, clientCertificate: 'required' } as const;
      running = await startServer(kind === 'TLS' ? { tls: secured } : {});
      const orthanc = await startOrthanc({
        modalities: { voorrang: { aet: 'VOORRANG', port: running.server.port, tls: kind === 'TLS' } },
        ...(kind === 'TLS' ? { tls: { own, authority: authority.cert } } : {}),
      });
      try {
        const ids: string[] = [];
        for (const name of names) {
          const bytes = await readFile(join(import.meta.dirname, 'fixtures', `${name}.dcm`));
          ids.push(((await orthanc.call('POST', '/instances', bytes)) as { ID: string }).ID);
        }
        await orthanc.call('POST', '/modalities/voorrang/echo', '{}');
        const answer = await orthanc.call('POST', '/modalities/voorrang/store', JSON.stringify(ids));
        expect(answer).toMatchObject({ InstancesCount: names.length, FailedInstancesCount: 0 });
      } finally {
        await orthanc.stop();
      }
      expect(running.stored.map(({ header }) => header.modality)).toEqual(['CT', 'MR', 'MR', 'RTPLAN']);
      expect(running.stored[0]?.peer).toMatchObject({
        callingAe: 'ORTHANC',
        certificateSha256: kind === 'TLS' ? own.sha256 : null,
      });
    },
    60_000,
  );
});
