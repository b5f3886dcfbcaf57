import { stringify } from 'yaml';
import { createDocument } from 'zod-openapi';
import { paths } from './open-api-paths.ts';

/** OpenAPI 3.1 of the HTTP API, version 1. */
export function openApi(): string {
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Voorrang',
      version: '1.0.0',
      description:
        'Ordering and notification for radiology worklists. Errors are problem documents (RFC 9457). `{study}` is a Study Instance UID or an opaque study id. ' +
        'All instants are epoch milliseconds unless a field says otherwise. Not a certified medical device.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8080', description: 'the embedded default' }],
    security: [{ bearer: [] }, { session: [] }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'voorrang_session' },
      },
    },
    paths,
  });
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
