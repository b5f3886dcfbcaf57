import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { dicomJsonSchema } from '../events/evidence.ts';
import { problemSchema } from '../problem.ts';
import { uidSchema } from '../shapes.ts';

const dicomJson = { 'application/dicom+json': { schema: dicomJsonSchema } };
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

const store = (path?: z.ZodObject): ZodOpenApiOperationObject => ({
  summary: 'STOW-RS (PS3.18 §10.5): instances as files of PS3.10, each answered for itself',
  ...(path === undefined ? {} : { requestParams: { path } }),
  requestBody: {
    required: true,
    description: 'multipart/related; type="application/dicom": one file per part',
    content: { 'multipart/related': { schema: z.string().meta({ format: 'binary' }) } },
  },
  responses: {
    200: { description: 'all stored: ReferencedSOPSequence (0008,1199)', content: dicomJson },
    202: {
      description:
        'some stored; the others with FailureReason in FailedSOPSequence (0008,1198) or Other Failures Sequence (0008,119A)',
      content: dicomJson,
    },
    400: problem('no multipart body, a body that is cut off, or no Study Instance UID'),
    401: problem('a bearer token is required'),
    403: problem('the sender is not one that may store from here'),
    406: problem('an answer other than application/dicom+json is wanted'),
    408: problem('the body came too slowly'),
    409: { description: 'none stored, with the reasons', content: dicomJson },
    413: problem('more than is taken at a time'),
    415: problem('another media type, metadata with bulk data apart, or a compressed body'),
    503: problem('nothing can be made durable now; to be sent again after Retry-After'),
  },
});

export const dicomWebPaths: ZodOpenApiPathsObject = {
  '/dicomweb/studies': { post: store() },
  '/dicomweb/studies/{study}': { post: store(z.object({ study: uidSchema })) },
  '/api/v1/evidence/{digest}': {
    get: {
      summary: 'The content of evidence that was too large for its event',
      requestParams: { path: z.object({ digest: z.string().describe('SHA-256 as 64 hex digits') }) },
      responses: {
        200: { description: 'the data set without bulk data', content: dicomJson },
        400: problem('no digest'),
        401: problem('sign-in or a bearer token is required'),
        404: problem('unknown'),
      },
    },
  },
};
