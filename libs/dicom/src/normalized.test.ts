import { afterEach, describe, expect, test } from '@jest/globals';
import { VoorrangError } from '@voorrang/kernel';
import { objectOf, type Running, startServer } from '../test/support.ts';
import type { NormalizedAnswer, NormalizedRequest } from './answer-normalized.ts';
import type { RefusedObject } from './answer-store.ts';
import { statuses } from './command-set.ts';
import { sendObjects } from './dicom-client.ts';
import { instanceAvailabilitySopClass, performedProcedureStepSopClass } from './operations.ts';
import type { PeerRules } from './peer-rules.ts';
import { type DimseRequest, openAssociation, type RequestorAssociation } from './requestor.ts';
import { verificationSopClass } from './sop-classes.ts';
import { explicitLittleEndian } from './transfer-syntax.ts';

let running: Running | undefined;
let association: RequestorAssociation | undefined;
afterEach(async () => {
  association?.abort();
  association = undefined;
  await running?.server.close();
  running = undefined;
});

type Serve = (request: NormalizedRequest) => Promise<NormalizedAnswer>;
const success: Serve = async () => ({ status: statuses.success });
const ct = objectOf('CT_small');

async function connected(
  onNormalized: Serve | undefined,
  options: Parameters<typeof startServer>[0] = {},
): Promise<RequestorAssociation> {
  running = await startServer({ ...(onNormalized === undefined ? {} : { onNormalized }), ...options });
  const target = { host: '127.0.0.1', port: running.server.port, calledAe: 'VOORRANG', callingAe: 'MODALITY' };
  association = await openAssociation(
    target,
    [instanceAvailabilitySopClass, performedProcedureStepSopClass, verificationSopClass, ct.sopClassUid].map(
      (abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [explicitLittleEndian] }),
    ),
  );
  return association;
}

const create: DimseRequest = {
  operation: 'N-CREATE',
  sopClassUid: performedProcedureStepSopClass,
  sopInstanceUid: '1.2.3',
  dataSet: Buffer.from('data set'),
};

describe('N-CREATE and N-SET', () => {
  test('hand the whole data set over and answer with what became of it', async () => {
    const seen: NormalizedRequest[] = [];
    const link = await connected(async (request) => {
      seen.push(request);
      return { status: request.operation === 'N-SET' ? statuses.noSuchSopInstance : statuses.success };
    });
    const dataSet = Buffer.alloc(300_000, 'x');
    const created = await link.ask({ ...create, dataSet });
    const changed = await link.ask({ ...create, operation: 'N-SET', sopInstanceUid: '1.2.4' });
    const announced = await link.ask({ ...create, sopClassUid: instanceAvailabilitySopClass, sopInstanceUid: '1.2.5' });
    expect([created, changed, announced]).toEqual([
      { status: 0, sopInstanceUid: '1.2.3', dataSet: null },
      { status: 0x0112, sopInstanceUid: '1.2.4', dataSet: null },
      { status: 0, sopInstanceUid: '1.2.5', dataSet: null },
    ]);
    expect(seen.map(({ operation, sopClassUid, sopInstanceUid }) => [operation, sopClassUid, sopInstanceUid])).toEqual([
      ['N-CREATE', performedProcedureStepSopClass, '1.2.3'],
      ['N-SET', performedProcedureStepSopClass, '1.2.4'],
      ['N-CREATE', instanceAvailabilitySopClass, '1.2.5'],
    ]);
    expect(seen[0]?.dataSet.equals(dataSet)).toBe(true);
    expect(seen[0]).toMatchObject({ transferSyntax: explicitLittleEndian, peer: { callingAe: 'MODALITY' } });
  });

  test('an instance without a name gets one, which the handler and the sender are told', async () => {
    const seen: string[] = [];
    const link = await connected(
      async ({ sopInstanceUid }) => {
        seen.push(sopInstanceUid);
        return { status: statuses.success };
      },
      { newUid: () => '2.25.7' },
    );
    const { sopInstanceUid } = await link.ask({ ...create, sopInstanceUid: '' });
    expect([seen, sopInstanceUid]).toEqual([['2.25.7'], '2.25.7']);
  });

  test('by default the name is a UID of at most 64 digits and dots', async () => {
    const link = await connected(success);
    const { sopInstanceUid } = await link.ask({ ...create, sopInstanceUid: '' });
    expect(sopInstanceUid).toMatch(/^2\.25\.\d{30,39}$/);
  });

  test.each<[string, number, DimseRequest, Serve]>([
    ['no data set', 0x0120, { ...create, dataSet: undefined } as unknown as DimseRequest, success],
    ['a data set above 1 MB', 0x0213, { ...create, dataSet: Buffer.alloc((1 << 20) + 1) }, success],
    ['an instance that is no UID', 0x0117, { ...create, sopInstanceUid: '../etc' }, success],
    ['an N-SET without an instance', 0x0117, { ...create, operation: 'N-SET', sopInstanceUid: '' }, success],
    [
      'an N-SET on an announcement',
      0x0211,
      { ...create, operation: 'N-SET', sopClassUid: instanceAvailabilitySopClass },
      success,
    ],
    ['a C-STORE of a procedure step', 0x0211, { ...create, operation: 'C-STORE' }, success],
    ['a full spool', 0x0213, create, () => Promise.reject(new VoorrangError('VRG_SPOOL_FULL'))],
    ['an unknown failure', 0x0213, create, () => Promise.reject(new Error('?'))],
    ['a permanent failure', 0x0110, create, () => Promise.reject(new VoorrangError('VRG_DICOM_DATASET_INVALID'))],
    [
      'what the handler says',
      0x0106,
      create,
      async () => ({ status: statuses.invalidAttributeValue, comment: '(0040,0252)' }),
    ],
  ])('%s is answered with %p, and the association goes on', async (_name, status, request, serve) => {
    const link = await connected(serve);
    expect((await link.ask(request)).status).toBe(status);
    expect((await link.ask({ operation: 'C-ECHO', sopClassUid: verificationSopClass })).status).toBe(0);
  });

  test('are not negotiated where nobody serves them', async () => {
    const link = await connected(undefined);
    expect(link.transferSyntaxOf(performedProcedureStepSopClass)).toBeUndefined();
    expect(link.transferSyntaxOf(verificationSopClass)).toBe(explicitLittleEndian);
    await expect(link.ask(create)).rejects.toMatchObject({ code: 'VRG_DICOM_PEER_REFUSED' });
  });
});

describe('what a peer may do', () => {
  const rules = (operations: PeerRules['peers'][number]['operations']): PeerRules => ({
    peers: [{ callingAe: 'MODALITY', ...(operations === undefined ? {} : { operations }) }],
    unknown: 'refuse',
    plaintextNeedsWaiver: false,
  });

  test('is negotiated context by context', async () => {
    const onlyEcho = rules(['echo']);
    const link = await connected(success, { peers: () => onlyEcho });
    expect(link.transferSyntaxOf(verificationSopClass)).toBe(explicitLittleEndian);
    expect(link.transferSyntaxOf(performedProcedureStepSopClass)).toBeUndefined();
  });

  test('counts for an association that is open when it changes', async () => {
    let now = rules(undefined);
    const link = await connected(success, { peers: () => now });
    expect((await link.ask(create)).status).toBe(0);
    now = rules(['echo', 'store']);
    expect((await link.ask(create)).status).toBe(0x0124);
    expect((await link.ask({ operation: 'C-STORE', ...ct })).status).toBe(0);
    now = { ...now, peers: [] };
    expect((await link.ask({ operation: 'C-STORE', ...ct })).status).toBe(0x0124);
  });

  test('ends at its number of associations, while others still get one', async () => {
    const limited: PeerRules = {
      peers: [{ callingAe: 'MODALITY', associations: 1 }, { callingAe: 'OTHER' }],
      unknown: 'refuse',
      plaintextNeedsWaiver: false,
    };
    await connected(success, { peers: () => limited });
    const target = { host: '127.0.0.1', port: running?.server.port ?? 0, calledAe: 'VOORRANG' };
    await expect(sendObjects({ ...target, callingAe: 'MODALITY' }, [])).rejects.toMatchObject({
      code: 'VRG_DICOM_PEER_UNAVAILABLE',
      details: { result: 2, source: 3, reason: 2 },
    });
    expect(await sendObjects({ ...target, callingAe: 'OTHER' }, [])).toEqual([0]);
    expect(running?.events.filter(({ kind }) => kind === 'association-rejected')).toMatchObject([
      { reason: 'too-many-of-peer' },
    ]);
  });
});

describe('an object that is refused for what it is', () => {
  const wrong = { ...ct, sopInstanceUid: '1.2.3' };

  test('is shown to somebody before the refusal is answered', async () => {
    const refused: RefusedObject[] = [];
    const link = await connected(undefined, { onRefused: async (object) => void refused.push(object) });
    expect((await link.ask({ operation: 'C-STORE', ...wrong })).status).toBe(0xa900);
    expect((await link.ask({ operation: 'C-STORE', ...ct })).status).toBe(0);
    expect(refused).toMatchObject([
      { status: 0xa900, comment: 'SOP instance differs', sopInstanceUid: '1.2.3', totalBytes: ct.dataSet.length },
    ]);
    const kept = refused[0]?.header ?? Buffer.alloc(0);
    expect(kept.equals(ct.dataSet.subarray(0, kept.length))).toBe(true);
    expect(kept.length).toBeGreaterThan(100);
  });

  test('is answered as out of resources when nobody could take note of it', async () => {
    const link = await connected(undefined, { onRefused: () => Promise.reject(new VoorrangError('VRG_STORAGE_FULL')) });
    expect((await link.ask({ operation: 'C-STORE', ...wrong })).status).toBe(0xa700);
  });
});
