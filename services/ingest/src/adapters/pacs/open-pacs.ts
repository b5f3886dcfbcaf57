import type { OpenPacs } from '../../application/watch/pacs.ts';
import { findPacs } from './find-pacs.ts';
import { qidoPacs } from './qido-pacs.ts';

/** A PACS of the protocol by the service that it is asked over. */
export const openPacs: OpenPacs = async ({ query }, signal) =>
  query.kind === 'qido-rs' ? qidoPacs(query, signal) : findPacs(query, signal);
