import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Row } from '@voorrang/contracts';
import { type FixtureFile, fixtureFiles, waitUntil } from '@voorrang/testing';
import { type Fact, factsOf } from './support/facts.ts';
import { displayName, publishedNames } from './support/names.ts';
import { apiToken, embeddedProduct, type Product } from './support/product.ts';
import { type Answered, sendMessageFile, storeFile } from './support/send-fixtures.ts';

const goldenPath = join(import.meta.dirname, 'fixtures/what-became-of-each-file.json');
/** What became of a file: the answer, the facts it became, or that there are none. */
type Outcome = { readonly answer: string; readonly facts: string };
type Golden = { readonly dicom: Readonly<Record<string, Outcome>>; readonly hl7: Readonly<Record<string, Outcome>> };

const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';
const ctImage = '1.2.840.10008.5.1.4.1.1.2';
/** The same object as a CT image: secondary captures are evidence and make no row. Both UIDs are of one length. */
const asCt = (dataSet: Buffer): Buffer => {
  for (
    let at = dataSet.indexOf(`${secondaryCapture}\0`);
    at >= 0;
    at = dataSet.indexOf(`${secondaryCapture}\0`, at + 1)
  )
    dataSet.write(ctImage, at, 'latin1');
  return dataSet;
};

/** Every file through the real ports of the product, one after the other; what became of it is held against a table that was looked through by hand. */
describe('every published file through the real ports', () => {
  const dicom = new Map<string, Answered>();
  const asRows = new Map<string, Answered>();
  const hl7 = new Map<string, Answered>();
  /** Status of HTTP by file name. */
  const stow = new Map<string, number>();
  let product: Product;
  let facts: readonly Fact[] = [];
  let rows: readonly Row[] = [];

  beforeAll(async () => {
    product = await embeddedProduct({ VOORRANG_SETTLE_SECONDS: '1' });
    await product.start();
    const each = async (
      files: readonly FixtureFile[],
      send: (file: FixtureFile) => Promise<Answered>,
      into: Map<string, Answered>,
    ) => {
      for (const file of files) {
        into.set(file.name, await send(file));
        // the next one begins in another millisecond, so that the stamps of facts tell the messages apart
        await delay(2);
      }
    };
    await each(fixtureFiles('dicom'), (file) => storeFile(product.ports.dicom, file), dicom);
    await each(fixtureFiles('hl7'), (file) => sendMessageFile(product.ports.mllp, file), hl7);
    const charset = fixtureFiles('dicom').filter(({ name }) => name.startsWith('charset/'));
    await each(charset, (file) => storeFile(product.ports.dicom, file, asCt), asRows);
    rows = await everyRow(product);
    for (const file of fixtureFiles('dicom')) stow.set(file.name, await stowFile(product, file));
    await product.stop();
    facts = await factsOf(product.dataDirectory);
  }, 120_000);
  afterAll(() => product.dispose());

  test('each has the outcome of the table', () => {
    const found: Golden = {
      dicom: Object.fromEntries(
        [...dicom].map(([name, answered]) => [name, outcomeOf(answered, ofObject(facts, answered))]),
      ),
      hl7: Object.fromEntries([...hl7].map(([name, answered]) => [name, outcomeOf(answered, inTime(facts, answered))])),
    };
    process.stdout.write(tableOf(found));
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(goldenPath, `${JSON.stringify(found, null, 1)}\n`);
    expect(found).toEqual(JSON.parse(readFileSync(goldenPath, 'utf8')));
  });

  test('a positive answer has its fact, and nothing else has one', () => {
    for (const answered of dicom.values()) {
      const kept = ofObject(facts, answered).some(({ type }) => /^(series\.observed|evidence\.received)/.test(type));
      expect([answered.name, kept]).toEqual([
        answered.name,
        answered.answer.startsWith('0000') || isAnothers(dicom, answered),
      ]);
    }
  });

  test('STOW-RS takes what C-STORE takes, and refuses what it refuses', () => {
    const differing = [...stow].filter(([name, status]) => {
      const taken = dicom.get(name)?.answer.startsWith('0000') === true;
      return status !== (taken ? 200 : 409);
    });
    expect(stow.size).toBe(dicom.size);
    expect(new Set(stow.values())).toEqual(new Set([200, 409]));
    expect(differing).toEqual([]);
  });

  test('names are those that pydicom reads, in facts and in rows', () => {
    const names = publishedNames();
    const wrong: string[] = [];
    for (const answered of dicom.values()) {
      const expected = displayName(names[answered.name] ?? '');
      const found = ofObject(facts, answered).flatMap(({ data }) => nameIn(data));
      if (found.length > 0 && !found.includes(expected))
        wrong.push(`${answered.name}: ${found.join(', ')} for ${expected}`);
    }
    expect(wrong).toEqual([]);
    for (const answered of asRows.values()) {
      const expected = displayName(names[answered.name] ?? '');
      const uid = ofObject(facts, answered)[0]?.data.studyInstanceUid;
      if (uid === undefined || expected === null) continue;
      expect([answered.name, rows.find(({ studyInstanceUid }) => studyInstanceUid === uid)?.patient.name]).toEqual([
        answered.name,
        expected,
      ]);
    }
  });

  test('the process lives, serves and logged no value of a patient', () => {
    expect(rows.length).toBeGreaterThan(20);
    for (const canary of ['Yamada', 'Wang^XiaoDong', 'WHITE^CHARLES', 'Buc^J'])
      expect(product.output()).not.toContain(canary);
  });
});

/** One file as one part of a STOW-RS request. */
async function stowFile(product: Product, { path }: FixtureFile): Promise<number> {
  const head = '--part\r\nContent-Type: application/dicom\r\n\r\n';
  const response = await fetch(`${product.base}/dicomweb/studies`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiToken}`,
      'content-type': 'multipart/related; type="application/dicom"; boundary=part',
    },
    body: Buffer.concat([Buffer.from(head), readFileSync(path), Buffer.from('\r\n--part--\r\n')]),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Rows of every list, once all images have made theirs. */
async function everyRow(product: Product): Promise<Row[]> {
  const list = async (name: string): Promise<Row[]> =>
    (await product.api<{ items: Row[] }>('GET', `/api/v1/worklist?site=EX&list=${name}&limit=500`)).body.items;
  let seen = -1;
  return waitUntil(
    async () => {
      const rows = (await Promise.all(['reading', 'expected', 'done'].map(list))).flat();
      const quiet = rows.length === seen && rows.length > 0;
      seen = rows.length;
      return quiet ? rows : undefined;
    },
    { deadlineMs: 20_000, everyMs: 500, what: 'rows that grow no more' },
  );
}

const edges = /^(series\.observed|images\.announced|evidence\.received|order\.|report\.|patient\.|visit\.|message\.)/;
const inTime = (facts: readonly Fact[], { from, until }: Answered): Fact[] =>
  facts.filter(({ type, stamp }) => edges.test(type) && stamp.observedAt >= from && stamp.observedAt <= until);
const ofObject = (facts: readonly Fact[], { sopInstanceUid }: Answered): Fact[] =>
  sopInstanceUid === undefined ? [] : facts.filter(({ data }) => instancesOf(data).includes(sopInstanceUid));

function instancesOf(data: Record<string, unknown>): unknown[] {
  const instances = Array.isArray(data.instances) ? data.instances.map(({ sopInstanceUid }) => sopInstanceUid) : [];
  return [...instances, data.sopInstanceUid];
}

function nameIn({ patient }: Record<string, unknown>): (string | null)[] {
  return typeof patient === 'object' && patient !== null && 'name' in patient ? [patient.name as string | null] : [];
}

/** Whether another file, which was taken, has the same SOP Instance UID. */
const isAnothers = (all: ReadonlyMap<string, Answered>, one: Answered): boolean =>
  [...all.values()].some(
    ({ name, answer, sopInstanceUid }) =>
      name !== one.name && answer.startsWith('0000') && sopInstanceUid === one.sopInstanceUid,
  );

function outcomeOf({ answer }: Answered, facts: readonly Fact[]): Outcome {
  const types = [...new Set(facts.map(({ type }) => type))].filter((type) => edges.test(type)).sort();
  return { answer, facts: types.join(' ') || 'none' };
}

function tableOf(golden: Golden): string {
  const line = ([name, { answer, facts }]: [string, Outcome]): string =>
    `${name.padEnd(50)} ${answer.padEnd(60)} ${facts}`;
  return `\nWhat became of each file\n${[...Object.entries(golden.dicom), ...Object.entries(golden.hl7)].map(line).join('\n')}\n`;
}
