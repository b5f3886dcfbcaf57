import { readFileSync } from 'node:fs';
import {
  acknowledge,
  acknowledgeBatch,
  createMllpServer,
  type MappingSettings,
  MllpFramer,
  mapMessage,
  mllpBlock,
  outcomeOf,
  parseMessage,
  readHeader,
  splitBatch,
} from '@voorrang/hl7';
import { opaqueKeys, systemClock } from '@voorrang/kernel';
import { fixtureFiles, seededRandom, waitUntil } from '@voorrang/testing/infrastructure';
import { Corpus } from './corpus.ts';
import { CoverageGuide } from './coverage-guide.ts';
import { exchange, inChunks } from './raw-sender.ts';
import { type FuzzOptions, type FuzzReport, Notes } from './report.ts';
import { structureOfHl7 } from './structures.ts';
import { nastyHl7 } from './tokens.ts';
import { costOf, LoopWatch, liveBytes } from './watch.ts';

type Stream = { readonly bytes: Buffer };

const longest = 128 << 10;
const messageBytes = 96 << 10;
const longestMs = 200;
const closeWithinMs = 5_000;
/** One round in this many goes over sockets too. */
const overSockets = 4;
const together = 16;

const settings: MappingSettings = {
  site: 'EX',
  authority: 'HOSP',
  timeZone: 'Europe/Amsterdam',
  receivedAt: Date.UTC(2026, 10, 23, 9),
  keys: opaqueKeys('the secret of the fuzzer'),
};

/**
 * Mutated MLLP streams through framer, parser, mapping and acknowledgement, and a quarter of them into the real listener as well. Each message that was
 * framed gets answers that can be parsed; never more acceptances than messages that were mapped; after each round a good message is accepted.
 */
export async function fuzzHl7(options: FuzzOptions): Promise<FuzzReport> {
  const random = seededRandom(options.seed);
  const notes = new Notes(options);
  const messages = fixtureFiles('hl7').map(({ path }) => ({ bytes: readFileSync(path) }));
  const corpus = new Corpus<Stream>(
    messages.map(({ bytes }) => ({ bytes: Buffer.from(mllpBlock(bytes)) })),
    random,
  );
  const guide = options.guided ? new CoverageGuide(/\/libs\/hl7\/src\//) : undefined;
  await guide?.start();
  let mapped = 0;
  const answersTo = (bytes: Uint8Array): readonly Uint8Array[] => {
    const { answers, accepted } = answerBlock(bytes, notes);
    mapped += accepted;
    return answers;
  };
  const server = createMllpServer({
    bind: '127.0.0.1',
    port: 0,
    clock: systemClock(),
    limits: { connections: 200, perAddress: 200, messageBytes },
    onMessage: async (bytes) => answersTo(bytes),
    observe: (event) => notes.count(`listener ${event.kind}`),
  });
  const { port } = await server.start();
  const loop = new LoopWatch();
  let before = liveBytes();
  for (let round = 0; notes.goesOn; round += 1) {
    const cases = Array.from({ length: together }, () => next(corpus, random));
    for (const one of cases) {
      feed(one, random, answersTo, notes);
      await corpus.keepWhenNew([one], guide);
    }
    notes.done += together;
    if (round % overSockets === 0) {
      mapped = 0;
      loop.take();
      await overTheWire(cases, random, port, () => mapped, notes);
      await waitUntil(() => server.connectionCount() === 0, { deadlineMs: closeWithinMs, everyMs: 2 }).catch(() =>
        notes.fail(`${server.connectionCount()} connections are left`, cases[0]?.bytes ?? Buffer.alloc(0)),
      );
    }
    if (notes.warmingUp && round % overSockets === 0) before = liveBytes();
  }
  const grownBytes = liveBytes() - before;
  if (grownBytes > (16 << 20) + corpus.found * longest) notes.fail(`grew by ${grownBytes} bytes`, Buffer.alloc(0));
  loop.stop();
  await guide?.stop();
  await server.close();
  const found = { given: corpus.given, found: corpus.found };
  return notes.report('HL7', { corpus: found, blocksReached: guide?.blocks ?? 0, grownBytes });
}

/** A mutated stream; one in twenty is two of them behind each other, one in fifty very long. */
function next(corpus: Corpus<Stream>, random: () => number): Stream {
  const structure = { structureOf: structureOfHl7, dictionary: nastyHl7, longest };
  const one = corpus.mutated(corpus.pick(), structure);
  if (random() < 0.05) return { bytes: Buffer.concat([one.bytes, corpus.mutated(corpus.pick(), structure).bytes]) };
  if (random() > 0.02) return one;
  const middle = Math.floor(one.bytes.length / 2);
  const run = one.bytes.subarray(middle, middle + 1 + Math.floor(random() * 40));
  const long = Buffer.concat([one.bytes.subarray(0, middle), Buffer.alloc(longest, run.length > 0 ? run : 'A')]);
  return { bytes: Buffer.concat([long.subarray(0, longest - 4), Buffer.from('\r\x1c\r', 'latin1')]) };
}

function feed({ bytes }: Stream, random: () => number, answersTo: (bytes: Uint8Array) => unknown, notes: Notes): void {
  const framer = new MllpFramer({ maxMessageBytes: messageBytes });
  try {
    for (const chunk of inChunks(bytes, random)) {
      const { messages, error } = framer.push(chunk);
      for (const message of messages) {
        const ms = costOf(() => answersTo(message), longestMs);
        if (ms > notes.dearestMs) notes.dearestMs = ms;
        if (ms > longestMs) notes.fail(`took ${Math.round(ms)} ms of processor time`, Buffer.from(message));
      }
      if (error === null) continue;
      notes.count('too large');
      return;
    }
  } catch (thrown) {
    notes.fail(`threw ${String(thrown)}`, bytes);
  }
}

type Answered = { readonly answers: readonly Uint8Array[]; readonly accepted: number };
const acknowledging = { nextControlId: () => 'V1', at: settings.receivedAt };

/** What the edge does with one block, a message or a batch, without the spool. */
function answerBlock(bytes: Uint8Array, notes: Notes): Answered {
  const batch = splitBatch(bytes);
  if (batch === null) return answerMessage(bytes, notes);
  notes.count(batch.problem === null ? 'batch' : 'batch refused');
  if (batch.problem !== null) return { answers: acknowledgeBatch(batch, [], acknowledging), accepted: 0 };
  const each = batch.messages.map((message) => answerMessage(message.bytes, notes));
  const answers = acknowledgeBatch(
    batch,
    each.map((one) => one.answers),
    acknowledging,
  );
  return { answers, accepted: each.reduce((sum, { accepted }) => sum + accepted, 0) };
}

function answerMessage(bytes: Uint8Array, notes: Notes): Answered {
  const header = readHeader(bytes);
  const parsed = parseMessage(bytes, { defaultCharset: 'UNICODE UTF-8' });
  const result = parsed.ok ? mapMessage(parsed.value, settings) : undefined;
  const refusal = parsed.ok ? (result?.ok ? [] : (result?.error ?? [])) : [parsed.error.problem];
  const accepted = result?.ok === true;
  const outcome = accepted ? ({ kind: 'accept' } as const) : outcomeOf(refusal);
  const answers = acknowledge(header, outcome, acknowledging);
  for (const answer of answers) {
    const read = parseMessage(answer, { defaultCharset: '8859/1' });
    if (!read.ok) notes.fail(`an answer that cannot be parsed: ${read.error.problem.text}`, Buffer.from(bytes));
  }
  notes.count(accepted ? 'accepted' : outcome.kind);
  return { answers, accepted: accepted ? 1 : 0 };
}

async function overTheWire(
  cases: readonly Stream[],
  random: () => number,
  port: number,
  mapped: () => number,
  notes: Notes,
) {
  const results = await Promise.all(
    cases.map(({ bytes }) =>
      exchange({ port, chunks: inChunks(bytes, random), ending: 'fin', quietMs: 2, deadlineMs: closeWithinMs }),
    ),
  );
  let positive = 0;
  for (const [index, { received, closed }] of results.entries()) {
    const bytes = cases[index]?.bytes ?? Buffer.alloc(0);
    if (!closed) notes.fail(`the connection was not closed within ${closeWithinMs} ms`, bytes);
    const { messages } = new MllpFramer().push(received);
    const whole = messages.reduce((sum, { length }) => sum + length + 3, 0);
    if (whole !== received.length) notes.fail('an answer without its frame', bytes);
    for (const message of messages)
      positive +=
        Buffer.from(message)
          .toString('latin1')
          .match(/\rMSA.[CA]A(?=.|\r)/g)?.length ?? 0;
  }
  // Enhanced mode gives two positive answers to one message.
  if (positive > 2 * mapped()) notes.fail(`${positive} acceptances of ${mapped()} messages`, Buffer.alloc(0));
  const good = 'MSH|^~\\&|R|H|V|H|20261123||ADT^A08|G1|P|2.5\rPID|1||P1^^^H^PI||A^B||19600101|F\rPV1|1|E\r';
  const { received } = await exchange({
    port,
    chunks: [Buffer.from(mllpBlock(Buffer.from(good)))],
    ending: 'fin',
    quietMs: 50,
    deadlineMs: closeWithinMs,
  });
  if (!received.includes('MSA|AA|G1')) notes.fail('a good message was not accepted', received);
}
