import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { readDataSet, readHeader, readPart10 } from '@voorrang/dicom';
import { VoorrangError } from '@voorrang/kernel';
import { fixtureFiles, seededRandom } from '@voorrang/testing/infrastructure';
import { Corpus } from './corpus.ts';
import { CoverageGuide } from './coverage-guide.ts';
import { type FuzzOptions, type FuzzReport, Notes } from './report.ts';
import { type Encoding, structureOfDataSet } from './structures.ts';
import { nastyDicom } from './tokens.ts';
import { costOf, liveBytes } from './watch.ts';

export type DataSet = { readonly bytes: Buffer; readonly transferSyntax: string };

const deflated = '1.2.840.10008.1.2.1.99';
const longest = 48 << 10;
const costliestMs = 200;

export const encodingOfSyntax = (transferSyntax: string): Encoding => ({
  explicit: transferSyntax !== '1.2.840.10008.1.2',
  bigEndian: transferSyntax === '1.2.840.10008.1.2.2',
});

/** The head of every shared object, deflated ones inflated: they are deflated again after the mutation. */
export function dataSets(): DataSet[] {
  return fixtureFiles('dicom').flatMap(({ path }) => {
    try {
      const { dataSet, transferSyntax } = readPart10(readFileSync(path));
      const plain = transferSyntax === deflated ? inflateRawSync(dataSet) : dataSet;
      return [{ bytes: Buffer.from(plain.subarray(0, longest)), transferSyntax }];
    } catch {
      return [{ bytes: readFileSync(path).subarray(0, longest), transferSyntax: '1.2.840.10008.1.2.1' }];
    }
  });
}

/** One data set as it would stand on the wire. */
export function mutatedDataSet(corpus: Corpus<DataSet>, random: () => number): { seed: DataSet; wire: Buffer } {
  const start = corpus.pick();
  const encoding = encodingOfSyntax(start.transferSyntax);
  const dictionary = nastyDicom;
  const seed = corpus.mutated(start, {
    structureOf: (bytes) => structureOfDataSet(bytes, encoding),
    dictionary,
    longest,
  });
  if (start.transferSyntax !== deflated) return { seed, wire: seed.bytes };
  const wire = deflateRawSync(seed.bytes);
  if (random() < 0.3) wire[Math.floor(random() * wire.length)] = Math.floor(random() * 256);
  return { seed, wire };
}

/** Mutated data sets and files into the header reader: a header or a refusal that names the attribute, nothing else, in bounded time and memory. */
export async function fuzzDataSets(options: FuzzOptions): Promise<FuzzReport> {
  const random = seededRandom(options.seed);
  const notes = new Notes(options);
  const corpus = new Corpus(dataSets(), random);
  const guide = options.guided ? new CoverageGuide(/\/libs\/dicom\/src\//) : undefined;
  await guide?.start();
  let before = liveBytes();
  while (notes.goesOn) {
    const { seed, wire } = mutatedDataSet(corpus, random);
    const as = random();
    let outcome = '';
    const ms = costOf(() => {
      outcome = read(as, wire, seed.transferSyntax, notes);
    }, costliestMs);
    notes.count(outcome);
    if (ms > notes.dearestMs) notes.dearestMs = ms;
    if (ms > costliestMs) notes.fail(`took ${Math.round(ms)} ms of processor time`, wire);
    await corpus.keepWhenNew([seed], guide);
    notes.done += 1;
    if (notes.warmingUp) before = notes.done % 1_000 === 0 ? liveBytes() : before;
    if (notes.done % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const kept = corpus.found * longest;
  const grownBytes = liveBytes() - before;
  if (grownBytes > (16 << 20) + kept) notes.fail(`grew by ${grownBytes} bytes`, Buffer.alloc(0));
  await guide?.stop();
  const found = { given: corpus.given, found: corpus.found };
  return notes.report('data sets', { corpus: found, blocksReached: guide?.blocks ?? 0, grownBytes });
}

/** One in ten is a file, one in three a whole data set as it is kept of evidence; the rest is read as the listener does. */
function read(as: number, wire: Buffer, transferSyntax: string, notes: Notes): string {
  if (as < 0.1) {
    const file = part10(wire, transferSyntax, as);
    return `file ${outcomeOf(file, notes, () => void readPart10(file))}`;
  }
  if (as < 0.4) return `whole ${outcomeOf(wire, notes, () => void JSON.stringify(readDataSet(wire, transferSyntax)))}`;
  return `header ${outcomeOf(wire, notes, () => void readHeader(wire, transferSyntax))}`;
}

/** A file of PS3.10 §7.1, one in two with one byte of its meta information changed. */
function part10(dataSet: Buffer, transferSyntax: string, chance: number): Buffer {
  const uid = Buffer.from(transferSyntax.length % 2 === 0 ? transferSyntax : `${transferSyntax}\0`, 'latin1');
  const meta = Buffer.concat([Buffer.from([2, 0, 0x10, 0, 0x55, 0x49, uid.length, 0]), uid]);
  const head = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, meta.length, 0, 0, 0]);
  const file = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), head, meta, dataSet]);
  if (chance < 0.05)
    file[128 + Math.floor(chance * 20 * (file.length - dataSet.length - 128))] = Math.floor(chance * 5_120);
  return file;
}

function outcomeOf(wire: Buffer, notes: Notes, work: () => void): string {
  try {
    work();
    return 'read';
  } catch (thrown) {
    if (thrown instanceof VoorrangError && thrown.code === 'VRG_DICOM_DATASET_INVALID') return 'refused';
    notes.fail(`threw ${String(thrown)}`, wire);
    return 'threw';
  }
}
