import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDicomServer, dicomStatuses, readHeader, sendObjects } from '@voorrang/dicom';
import { systemClock, VoorrangError } from '@voorrang/kernel';
import { fixtureFiles, seededRandom, waitUntil } from '@voorrang/testing/infrastructure';
import { associationOf } from './association-of.ts';
import { Corpus } from './corpus.ts';
import { CoverageGuide } from './coverage-guide.ts';
import { readAnswers } from './dimse-answers.ts';
import { type DataSet, dataSets, mutatedDataSet } from './fuzz-data-sets.ts';
import { type Exchange, exchange, inChunks } from './raw-sender.ts';
import { type FuzzOptions, type FuzzReport, Notes } from './report.ts';
import { structureOfPdus } from './structures.ts';
import { nastyDicom, nastyPdus } from './tokens.ts';
import { LoopWatch, liveBytes } from './watch.ts';

const recorded = join(import.meta.dirname, 'fixtures');
const together = 16;
const longest = 64 << 10;
const longestBlockMs = 200;
const closeWithinMs = 5_000;
/** C-STORE, N-SET and N-CREATE: what a positive answer to promises that something was kept. */
const promises = new Set([0x8001, 0x8120, 0x8140]);

type Stream = { readonly bytes: Buffer };
type Case = { readonly stream: Stream; readonly chunks: readonly Buffer[]; readonly ending: 'fin' | 'rst' };

/**
 * Mutated associations into the real DICOM listener, sixteen connections at a time: streams recorded from other toolkits, and valid associations that
 * carry mutated data sets. After each round a well-formed object on a new connection must be stored.
 */
export async function fuzzPdus(options: FuzzOptions): Promise<FuzzReport> {
  const random = seededRandom(options.seed);
  const notes = new Notes(options);
  const streams = readdirSync(recorded).filter((name) => name.endsWith('.bin'));
  const corpus = new Corpus<Stream>(
    streams.map((name) => ({ bytes: readFileSync(join(recorded, name)) })),
    random,
  );
  const objects = new Corpus<DataSet>(dataSets(), random);
  /** How often the handler has promised to keep an object, by instance. */
  const promised = new Map<string, number>();
  let handed = 0;
  const promise = (sopInstanceUid: string): void => {
    handed += 1;
    if (handed % 5 === 0) throw new VoorrangError('VRG_UNAVAILABLE', 'not now');
    promised.set(sopInstanceUid, (promised.get(sopInstanceUid) ?? 0) + 1);
  };
  const server = createDicomServer({
    bind: '127.0.0.1',
    port: 0,
    aeTitle: 'VOORRANG',
    anyCalledAe: true,
    clock: systemClock(),
    limits: { connections: 200, perAddress: 200, associations: 200 },
    onStore: async ({ header }) => {
      promise(header.sopInstanceUid);
      return 'stored';
    },
    onNormalized: async ({ sopInstanceUid }) => {
      promise(sopInstanceUid);
      return { status: dicomStatuses.success };
    },
    onEvent: (event) => {
      if (event.kind === 'ended') notes.count(`ended ${event.end}`);
      if (event.kind === 'association-rejected') notes.count(`rejected ${event.rejection}`);
      if (event.kind === 'failure') notes.fail(`a failure of the listener: ${String(event.error)}`, Buffer.alloc(0));
    },
  });
  await server.listen();
  const guide = options.guided ? new CoverageGuide(/\/libs\/dicom\/src\//) : undefined;
  await guide?.start();
  const loop = new LoopWatch();
  let before = liveBytes();
  const nextCase = (): Case => {
    const carrier = random() < 0.35;
    const structure = { structureOf: structureOfPdus, dictionary: [...nastyPdus, ...nastyDicom], longest };
    const stream = carrier ? carried(objects, random) : corpus.mutated(corpus.pick(), structure);
    return { stream, chunks: inChunks(stream.bytes, random), ending: random() < 0.3 ? 'rst' : 'fin' };
  };
  const send = ({ chunks, ending }: Case): Promise<Exchange> =>
    exchange({ port: server.port, chunks, ending, quietMs: 4, deadlineMs: closeWithinMs });

  while (notes.goesOn) {
    promised.clear();
    loop.take();
    const cases = Array.from({ length: together }, nextCase);
    const results = await Promise.all(cases.map(send));
    const blockedMs = loop.take();
    if (blockedMs > notes.dearestMs) notes.dearestMs = blockedMs;
    if (blockedMs > longestBlockMs) await accuseOne(cases, send, loop, notes);
    judge(cases, results, promised, notes);
    await corpus.keepWhenNew(
      cases.map(({ stream }) => stream),
      guide,
    );
    await servedStill(server.port, notes);
    await waitUntil(() => server.associations === 0, { deadlineMs: closeWithinMs, everyMs: 2 }).catch(() =>
      notes.fail(`${server.associations} associations are left`, cases[0]?.stream.bytes ?? Buffer.alloc(0)),
    );
    notes.done += together;
    if (notes.warmingUp) before = liveBytes();
  }
  const grownBytes = liveBytes() - before;
  if (grownBytes > (16 << 20) + corpus.found * longest) notes.fail(`grew by ${grownBytes} bytes`, Buffer.alloc(0));
  loop.stop();
  await guide?.stop();
  await server.close();
  const found = { given: corpus.given + objects.given, found: corpus.found };
  return notes.report('PDUs', { corpus: found, blocksReached: guide?.blocks ?? 0, grownBytes });
}

/** A valid association that sends a mutated data set. */
function carried(objects: Corpus<DataSet>, random: () => number): Stream {
  const { seed, wire } = mutatedDataSet(objects, random);
  return { bytes: associationOf({ dataSet: wire, transferSyntax: seed.transferSyntax }, random) };
}

/** Which of a round held the others up; other load on the machine holds up nobody twice. */
async function accuseOne(
  cases: readonly Case[],
  send: (one: Case) => Promise<Exchange>,
  loop: LoopWatch,
  notes: Notes,
) {
  for (const one of cases) {
    let shortest = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      loop.take();
      await send(one);
      shortest = Math.min(shortest, loop.take());
    }
    if (shortest > longestBlockMs) notes.fail(`held the others up for ${Math.round(shortest)} ms`, one.stream.bytes);
  }
}

function judge(
  cases: readonly Case[],
  results: readonly Exchange[],
  promised: ReadonlyMap<string, number>,
  notes: Notes,
) {
  const successes = new Map<string, { count: number; bytes: Buffer }>();
  for (const [index, { received, closed }] of results.entries()) {
    const bytes = cases[index]?.stream.bytes ?? Buffer.alloc(0);
    if (!closed) notes.fail(`the connection was not closed within ${closeWithinMs} ms`, bytes);
    const { answers, malformed } = readAnswers(received);
    if (malformed !== undefined && cases[index]?.ending === 'fin') notes.fail(`malformed answer: ${malformed}`, bytes);
    for (const { field, status, sopInstanceUid } of answers) {
      notes.count(`answered ${field.toString(16)} ${status.toString(16).padStart(4, '0')}`);
      if (!promises.has(field) || status !== 0) continue;
      const count = (successes.get(sopInstanceUid)?.count ?? 0) + 1;
      successes.set(sopInstanceUid, { count, bytes });
    }
  }
  for (const [uid, { count, bytes }] of successes)
    if (count > (promised.get(uid) ?? 0)) notes.fail('success was answered for what was not kept', bytes);
}

const good = goodObject();
function goodObject() {
  const path = fixtureFiles('dicom').find(({ name }) => name === 'sr/kos-lukas.dcm')?.path ?? '';
  const bytes = readFileSync(path);
  const transferSyntax = '1.2.840.10008.1.2.1';
  const dataSet = bytes.subarray(144 + bytes.readUInt32LE(140));
  const { sopClassUid, sopInstanceUid } = readHeader(dataSet, transferSyntax);
  return { sopClassUid, sopInstanceUid, transferSyntax, dataSet };
}

/** The handler refuses one object in five, so a second attempt may be needed; never more. */
async function servedStill(port: number, notes: Notes): Promise<void> {
  const target = { host: '127.0.0.1', port, calledAe: 'VOORRANG', callingAe: 'GOOD' };
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const statuses = await Promise.race([
      sendObjects(target, [good]).catch((error: unknown) => [String(error)]),
      new Promise<string[]>((resolve) => setTimeout(resolve, closeWithinMs, ['no answer']).unref()),
    ]);
    if (statuses[0] === 0) return;
    if (statuses[0] !== 0xa700) return notes.fail(`a good object was answered ${statuses[0]}`, Buffer.alloc(0));
  }
}
