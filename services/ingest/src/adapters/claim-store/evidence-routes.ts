import { VoorrangError } from '@voorrang/kernel';
import { Router } from 'express';
import type { EvidenceClaims } from '../../application/evidence-claims.ts';

/** `GET /api/v1/evidence/{digest}`: the content that a fact names by claim check, as DICOM JSON. */
export function evidenceRoutes(claims: EvidenceClaims): Router {
  const router = Router();
  router.get('/api/v1/evidence/:digest', async (request, response) => {
    const { digest } = request.params;
    if (!/^[0-9a-f]{64}$/.test(digest)) {
      throw new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
        details: { problems: [{ path: 'path.digest', message: '64 hex digits' }] },
      });
    }
    const text = await claims.read(digest);
    if (text === undefined) throw new VoorrangError('VRG_NOT_FOUND');
    response.type('application/dicom+json').send(Buffer.from(text.buffer, text.byteOffset, text.byteLength));
  });
  return router;
}
