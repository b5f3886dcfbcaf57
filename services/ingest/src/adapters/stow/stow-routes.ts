import { faultPoint, toVoorrangError, VoorrangError } from '@voorrang/kernel';
import { type Metrics, userOf } from '@voorrang/platform';
import { type Request, type Response, Router } from 'express';
import { stowAnswer } from '../../application/stow-answer.ts';
import { stowSender } from '../../application/stow-sender.ts';
import { tellNotDurable } from '../episode-log.ts';
import { stowBody } from './media-type.ts';
import { receiveStow, type StowDeps } from './receive-stow.ts';

/** Requests that store at the same time; one more is told to come again. */
const mostRequests = 32;
const answerType = 'application/dicom+json';

/**
 * STOW-RS (PS3.18 §10.5): `POST /dicomweb/studies` and `/dicomweb/studies/{study}` with files of PS3.10. Every instance is answered for itself, and with success only when its fact is
 * durable. Expects to stand behind sign-in.
 */
export function stowRoutes(deps: StowDeps & { readonly metrics: Metrics }): Router {
  const { config, protocol, metrics, logs } = deps;
  const answers = metrics.counter('voorrang_ingest_stow_answers_total', 'STOW-RS requests, by status', ['status']);
  const instances = metrics.counter(
    'voorrang_ingest_stow_instances_total',
    'STOW-RS instances, by what became of them',
    ['outcome'],
  );
  let underWay = 0;

  const store = async (request: Request, response: Response): Promise<void> => {
    const study = studyOf(request);
    const body = bodyOf(request);
    if (underWay >= mostRequests)
      throw new VoorrangError('VRG_UNAVAILABLE', 'too many requests store at the same time');
    const peer = {
      callingAe: userOf(request).name,
      calledAe: config.aeTitle,
      remoteAddress: request.socket.remoteAddress ?? '',
      tls: request.secure,
      certificateSha256: null,
    };
    const sender = stowSender(protocol.senders, peer.callingAe, peer, config.site);
    underWay += 1;
    try {
      const outcomes = await receiveStow(
        request,
        { ...body, study, peer: { ...peer, callingAe: peer.callingAe.slice(0, 16) }, sender },
        deps,
      );
      for (const { failure } of outcomes)
        instances.inc({ outcome: failure?.toString(16).padStart(4, '0') ?? 'stored' });
      const answer = stowAnswer(outcomes);
      faultPoint('wire.http.before-answer');
      response
        .status(answer.status)
        .type(answerType)
        .send(Buffer.from(JSON.stringify(answer.body)));
    } finally {
      underWay -= 1;
    }
  };

  const router = Router();
  router.post(['/dicomweb/studies', '/dicomweb/studies/:study'], async (request, response) => {
    response.once('finish', () => answers.inc({ status: String(response.statusCode) }));
    try {
      await store(request, response);
    } catch (thrown) {
      const error = toVoorrangError(thrown);
      if (error.kind !== 'permanent') tellNotDurable(logs, error, { edge: 'stow' });
      throw error;
    }
  });
  return router;
}

function studyOf(request: Request): string | undefined {
  const { study } = request.params;
  if (study === undefined) return undefined;
  if (typeof study === 'string' && study.length <= 64 && /^[0-9]+(\.[0-9]+)*$/.test(study)) return study;
  throw new VoorrangError('VRG_HTTP_MALFORMED', undefined, {
    details: { problems: [{ path: 'path.study', message: 'a Study Instance UID' }] },
  });
}

function bodyOf(request: Request): NonNullable<ReturnType<typeof stowBody>> {
  // application/json is what clients ask for that do not know the model by name
  if (!request.accepts([answerType, 'application/json'])) throw new VoorrangError('VRG_HTTP_NOT_ACCEPTABLE');
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const body = stowBody(request.headers['content-type'] ?? '');
  if (body === undefined || encoding !== 'identity') {
    throw new VoorrangError(
      'VRG_HTTP_UNSUPPORTED_MEDIA',
      'multipart/related; type="application/dicom" is taken, not compressed',
    );
  }
  return body;
}
