import type { IncomingMessage } from 'node:http';
import type { FactSpool } from '@voorrang/bus';
import { type CollectedFile, FileCollector, type StoredObject } from '@voorrang/dicom';
import { type Clock, type OpaqueKeys, VoorrangError } from '@voorrang/kernel';
import { currentTraceparent, withSpan } from '@voorrang/platform';
import type { Protocol } from '@voorrang/protocol';
import type { EvidenceClaims } from '../../application/evidence-claims.ts';
import { stowSource } from '../../application/fact-of-object.ts';
import type { SenderOfImages } from '../../application/senders.ts';
import { failureReasons, type StowOutcome } from '../../application/stow-answer.ts';
import { failureOfTaking, instanceOf, refusalOfFile } from '../../application/stow-part.ts';
import { takeObject } from '../../application/take-object.ts';
import type { IngestConfig } from '../../config.ts';
import { type EdgeLogs, tellDurable } from '../episode-log.ts';
import { isDicom, type StowBody, transferSyntaxOf } from './media-type.ts';
import { MultipartReader, malformed, type PartEvent } from './multipart-reader.ts';
import { readBody } from './read-body.ts';

export type StowDeps = {
  readonly config: IngestConfig;
  readonly clock: Clock;
  readonly keys: OpaqueKeys;
  readonly protocol: Pick<Protocol, 'senders'>;
  readonly spool: FactSpool;
  readonly claims: EvidenceClaims;
  readonly logs: EdgeLogs;
  /** Told of each object that became durable. */
  readonly onStored: (object: StoredObject) => void;
};

export type StowRequest = StowBody & {
  readonly study: string | undefined;
  readonly peer: StoredObject['peer'];
  readonly sender: SenderOfImages;
};

const limits = {
  /** Bytes of one part, and of all: more than any object. */
  part: 4 * 2 ** 30,
  total: 16 * 2 ** 30,
  parts: 20_000,
  headerBytes: 256 << 10,
  /** Instances that become durable at the same time. */
  atATime: 8,
} as const;

/**
 * Reads the body of a request part by part, in memory that does not depend on it, and takes each instance as it ends: the sender is not read on meanwhile. Resolves when all are
 * through. Rejects with `VRG_HTTP_MALFORMED`, `VRG_HTTP_TOO_LARGE`, `VRG_HTTP_TIMEOUT`, and what says that nothing can be made durable; what was taken until then stays taken, and
 * is recognised when it is sent again.
 */
export async function receiveStow(request: IncomingMessage, stow: StowRequest, deps: StowDeps): Promise<StowOutcome[]> {
  if (Number(request.headers['content-length'] ?? 0) > limits.total) throw new VoorrangError('VRG_HTTP_TOO_LARGE');
  const reader = new MultipartReader(stow.boundary);
  const parts = new Parts(stow, deps);
  let total = 0;
  try {
    await readBody(request, deps.clock, async (piece) => {
      total += piece.length;
      if (total > limits.total) throw new VoorrangError('VRG_HTTP_TOO_LARGE');
      for (const event of reader.feed(piece)) await parts.take(event);
    });
    if (!reader.isComplete) throw malformed('the closing boundary is missing');
    return await parts.outcomes();
  } finally {
    parts.discard();
  }
}

class Parts {
  readonly #outcomes: Promise<StowOutcome>[] = [];
  readonly #stow: StowRequest;
  readonly #deps: StowDeps;
  readonly #file = new FileCollector(limits.headerBytes);
  #bytes = 0;
  #isDicom = true;

  constructor(stow: StowRequest, deps: StowDeps) {
    this.#stow = stow;
    this.#deps = deps;
  }

  async take(event: PartEvent): Promise<void> {
    if (event.kind === 'begin') this.#begin(event.headers);
    else if (event.kind === 'bytes') this.#append(event.bytes);
    else await this.#end();
  }

  /** In the order of the parts. */
  outcomes(): Promise<StowOutcome[]> {
    return Promise.all(this.#outcomes);
  }

  discard(): void {
    this.#file.discard();
  }

  #begin(headers: ReadonlyMap<string, string>): void {
    if (this.#outcomes.length >= limits.parts) throw new VoorrangError('VRG_HTTP_TOO_LARGE', 'too many parts');
    const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? 'binary';
    if (!['binary', '8bit', '7bit'].includes(encoding)) throw malformed('a part that is not binary');
    const type = headers.get('content-type');
    this.#isDicom = isDicom(type);
    this.#bytes = 0;
    this.#file.begin(transferSyntaxOf(type) ?? this.#stow.transferSyntax);
  }

  #append(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > limits.part) throw new VoorrangError('VRG_HTTP_TOO_LARGE', 'a part is too large');
    if (this.#isDicom) this.#file.append(bytes);
  }

  /** The next parts are read while a few become durable: one fsync serves several. */
  async #end(): Promise<void> {
    const outcome = this.#isDicom ? this.#outcomeOf(this.#file.finish()) : Promise.resolve(notDicom);
    outcome.catch(() => undefined); // looked at with all others
    this.#outcomes.push(outcome);
    await this.#outcomes[this.#outcomes.length - limits.atATime];
  }

  async #outcomeOf(file: CollectedFile): Promise<StowOutcome> {
    const instance = instanceOf(file);
    try {
      const failure = refusalOfFile(file, this.#stow.study) ?? (await this.#store(file));
      return failure === undefined ? { instance } : { instance, failure };
    } finally {
      FileCollector.release(file);
    }
  }

  async #store(file: CollectedFile): Promise<StowOutcome['failure']> {
    const { header, transferSyntax, digest, dataSet, keptBytes, totalBytes } = file;
    if (!header.ok || transferSyntax === undefined) return failureReasons.cannotUnderstand;
    const { peer, sender } = this.#stow;
    const about = { header: header.value, digest, transferSyntax, keptBytes, totalBytes, peer };
    const object: StoredObject = dataSet === undefined ? about : { ...about, dataSet };
    const attributes = { site: sender.site, evidence: header.value.isEvidence };
    try {
      await withSpan('ingest.stow.store', { kind: 'server', parent: undefined, attributes }, () =>
        takeObject(object, { sender, source: stowSource, traceparent: currentTraceparent() }, this.#deps),
      );
    } catch (thrown) {
      return failureOfTaking(thrown);
    }
    tellDurable(this.#deps.logs);
    this.#deps.onStored(object);
    return undefined;
  }
}

const notDicom: StowOutcome = { instance: null, failure: failureReasons.cannotUnderstand };
