import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Problem } from '@voorrang/contracts';
import { runTool, spawnVoorrang, tempDirectory, waitUntil } from '@voorrang/testing';
import { cases, ichRun, outPatient } from './support/evening.ts';
import { readingList } from './support/first-light.ts';
import { orderMessage, sendHl7 } from './support/mllp.ts';
import { embeddedProduct, type Product } from './support/product.ts';
import { senders, storyWith } from './support/story-with.ts';

const canary = 'Kanariepiet';
const exampleProtocol = join(import.meta.dirname, '../../../deploy/protocol');

storyWith('bad input gets a standard error that names the place, and the next good message is served', senders, () => {
  let product: Product;
  beforeAll(async () => {
    product = await embeddedProduct();
    await product.start();
  }, 60_000);
  afterAll(() => product.dispose());

  /** A C-ECHO by dcmtk, as proof that the next association is served. */
  const echoes = async (): Promise<void> => {
    const echo = await runTool('echoscu', ['-aec', 'VOORRANG', '127.0.0.1', String(product.ports.dicom)]);
    expect(echo.code).toBe(0);
  };

  test.each([
    ['garbage', Buffer.from(`${canary} is not a PDU at all, it is text`)],
    ['an association request that claims 4 GB', Buffer.from([1, 0, 0xff, 0xff, 0xff, 0xff, 0, 1])],
    ['data before an association', Buffer.from([4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 3])],
  ])('a malformed PDU (%s) is aborted and the next association is served', async (_what, bytes) => {
    const socket = connect(product.ports.dicom, '127.0.0.1');
    const answer: Buffer[] = [];
    socket.on('data', (chunk) => answer.push(chunk));
    socket.on('error', () => {});
    socket.write(bytes);
    await once(socket, 'close');
    // PS3.8 §9.2: before there is an association the action is AA-1, A-ABORT (PDU type 7) with source 0 (service user).
    expect([...Buffer.concat(answer).subarray(0, 1), Buffer.concat(answer)[8]]).toEqual([7, 0]);
    await echoes();
  });

  test('an HL7 message that cannot be parsed is answered with ERR, and the next one with AA', async () => {
    const refused = await sendHl7(product.ports.mllp, Buffer.from(`PID|1||${canary}\r`));
    expect(refused).toMatch(/\rMSA\|A[ER]\|/);
    expect(refused).toMatch(/\rERR\|/);
    expect(refused).not.toContain(canary);
    const incomplete = await sendHl7(product.ports.mllp, [
      'MSH|^~\\&|RIS|H|V|H|20261123||ADT^A40^ADT_A39|M1|P|2.5.1',
      `PID|1||P1^^^H^PI||${canary}^X`,
    ]);
    expect(incomplete).toMatch(/\rMSA\|AE\|M1/);
    expect(incomplete).toMatch(/\rERR\|\|MRG/);
    expect(incomplete).not.toContain(canary);
    const unsupported = await sendHl7(product.ports.mllp, ['MSH|^~\\&|RIS|H|V|H|20261123||SIU^S12|M2|P|2.5.1']);
    expect(unsupported).toMatch(/\rMSA\|AR\|M2/);
    expect(await sendHl7(product.ports.mllp, orderMessage(outPatient.order))).toMatch(/\rMSA\|AA\|ORD5/);
  });

  test('JSON of wrong types names the path of each problem', async () => {
    const wrong = await product.api<Problem>('POST', '/api/v1/results', {
      ...ichRun('r1', outPatient.uid, 'positive'),
      status: canary,
      findings: [{ finding: 'ICH', outcome: 'maybe', confidence: 'high' }],
      patientName: canary,
    });
    expect(wrong.status).toBe(400);
    expect(wrong.body.problems?.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['body.status', 'body.findings.0.outcome', 'body.findings.0.confidence']),
    );
    expect(JSON.stringify(wrong.body)).not.toContain(canary);
  });

  test('an unknown detector or finding is 422; an unknown version is taken into the account but never shown', async () => {
    const unknown = await product.api<Problem>('POST', '/api/v1/results', {
      ...ichRun('r2', outPatient.uid, 'positive'),
      detector: { id: 'nobody', version: '1.0.0' },
    });
    expect([unknown.status, unknown.body.code]).toEqual([422, 'VRG_DETECTOR_UNKNOWN']);
    const finding = await product.api<Problem>('POST', '/api/v1/results', {
      ...ichRun('r3', outPatient.uid, 'positive'),
      findings: [{ finding: 'PE', outcome: 'positive' }],
    });
    expect([finding.status, finding.body.code]).toEqual([422, 'VRG_FINDING_UNKNOWN']);
    const version = await product.api('POST', '/api/v1/results', {
      ...ichRun('r4', cases[0]?.uid ?? '', 'positive'),
      detector: { id: 'example-ich', version: '9.9.9' },
    });
    expect(version.status).toBe(202);

    expect((await product.api('POST', '/api/v1/results', ichRun('r5', outPatient.uid, 'positive'))).status).toBe(202);
    expect((await product.api('POST', '/api/v1/results', ichRun('r5', outPatient.uid, 'negative'))).status).toBe(409);
    await waitUntil(
      async () =>
        (await readingList(product)).items.some((row) => row.ai.some(({ display }) => display === 'positive')),
      { what: 'the good run on the list' },
    );
    expect(JSON.stringify(await readingList(product))).not.toContain('9.9.9');
  });

  test('nothing of the patient stands in the log', () => {
    expect(product.output()).not.toContain(canary);
  });
});

test('a protocol directory with three mistakes in two files is refused with all three, each with file and line', async () => {
  await using directory = await tempDirectory();
  const protocol = join(directory.path, 'protocol');
  await cp(exampleProtocol, protocol, { recursive: true });
  const policy = await readFile(join(protocol, 'policy.yaml'), 'utf8');
  const lineOfClasses = policy.split('\n').findIndex((line) => line.startsWith('classes:')) + 1;
  await writeFile(
    join(protocol, 'policy.yaml'),
    policy.replace('classes:', 'colour: red\nclasses:').replace(/when: .*/, 'when: order.nothing == "x"'),
  );
  const detectors = await readFile(join(protocol, 'detectors.yaml'), 'utf8');
  await writeFile(join(protocol, 'detectors.yaml'), detectors.replace(/state: active/, 'state: awake'));

  const refused = spawnVoorrang(['start'], {
    VOORRANG_DATA_DIR: join(directory.path, 'data'),
    VOORRANG_POLICY_DIR: protocol,
  });
  expect(await refused.exited).toBe(2);
  expect(refused.log).toContain(`policy.yaml:${lineOfClasses}`);
  expect(refused.log.match(/policy\.yaml:[0-9]+ /g)).toHaveLength(2);
  expect(refused.log.match(/detectors\.yaml:[0-9]+ /g)).toHaveLength(1);
  const checked = spawnVoorrang(['policy', 'check', protocol]);
  expect(await checked.exited).toBe(1);
});
