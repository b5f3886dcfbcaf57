import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@voorrang/testing';
import { codesOf, order } from '../messages.ts';
import { sendHl7, startWorld, type World } from '../support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});
const start = async (...given: Parameters<typeof startWorld>): Promise<World> => {
  world = await startWorld(...given);
  return world;
};
const send = (on: World, ...messages: string[]): Promise<string[]> => sendHl7(on.ingest.mllpPort(), messages);
const itemsOf = async ({ api }: World, query = ''): Promise<Record<string, unknown>[]> =>
  ((await api('GET', `/api/v1/quarantine${query}`)).body as { items: Record<string, unknown>[] }).items;

describe('a control id that comes again', () => {
  test('with the same content gets the same answer and makes no second fact, also after a restart', async () => {
    const on = await start();
    expect(codesOf(await send(on, order('R1'), order('R1'), order('R2')))).toEqual(['AA R1', 'AA R1', 'AA R2']);
    expect(on.spool.accepted).toHaveLength(2);
    await on.restart();
    expect(codesOf(await send(on, order('R2'), order('R1')))).toEqual(['AA R2', 'AA R1']);
    expect(on.spool.accepted).toHaveLength(2);
  });

  test('is known after a kill that left its receipt in the spool only', async () => {
    const on = await start();
    on.bus.away = true;
    await send(on, order('R3'));
    await on.restart();
    expect(codesOf(await send(on, order('R3')))).toEqual(['AA R3']);
    expect(on.spool.accepted).toHaveLength(1);
    on.bus.away = false;
    await waitUntil(() => on.events('orders').length === 1);
  });

  test('over two connections at the same time is one fact', async () => {
    const on = await start();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(on, order('R4'))));
    expect(codesOf(answers.flat())).toEqual(Array.from({ length: 8 }, () => 'AA R4'));
    expect(on.spool.accepted).toHaveLength(1);
  });

  test('with other content is processed, and a copy is kept and flagged', async () => {
    const on = await start();
    const other = order('R5', 'F2');
    expect(codesOf(await send(on, order('R5'), other))).toEqual(['AA R5', 'AA R5']);
    expect(on.spool.accepted).toHaveLength(2);
    await waitUntil(async () => (await itemsOf(on, '?state=flagged')).length === 1);
    expect(await itemsOf(on)).toMatchObject([
      {
        kind: 'hl7',
        state: 'flagged',
        code: 'AA',
        controlId: 'R5',
        messageType: 'ORM^O01',
        problems: [{ condition: '205', location: 'MSH-10' }],
        bytes: Buffer.byteLength(other),
      },
    ]);
    expect(codesOf(await send(on, other))).toEqual(['AA R5']);
    expect(on.spool.accepted).toHaveLength(2);
  });

  test('is told from that of another sender', async () => {
    const on = await start();
    await send(on, order('R6'), order('R6').replace('|EXRIS|', '|OTHER|'));
    expect(on.spool.accepted).toHaveLength(2);
    expect(await itemsOf(on)).toEqual([]);
  });

  test('that is empty is never a repetition', async () => {
    const on = await start();
    await Promise.all([send(on, order(''), order('')), send(on, order(''))]);
    expect(on.spool.accepted).toHaveLength(3);
    expect(on.logged.some((line) => line.includes('without a control id'))).toBe(true);
  });

  test('of a message that could not be made durable is not taken for one that was', async () => {
    const on = await start();
    const { VoorrangError } = await import('@voorrang/kernel');
    on.spool.fail = new VoorrangError('VRG_SPOOL_FULL');
    expect(codesOf(await send(on, order('R7')))).toEqual(['AR R7']);
    on.spool.fail = undefined;
    expect(codesOf(await send(on, order('R7')))).toEqual(['AA R7']);
    expect(on.spool.accepted).toHaveLength(1);
  });
});

describe('a batch', () => {
  const codesIn = (answer: string): string[] =>
    [...answer.matchAll(/MSA\|(A.)\|(\w+)/g)].map(([, code, id]) => `${code} ${id}`);
  const batch = (...messages: string[]): string =>
    ['BHS|^~\\&|EXRIS|EXHOSP|VOORRANG|EX|20260303080000', ...messages, `BTS|${messages.length}`].join('\r');

  test('is one durable append and one answer, and a message in it that is unusable spoils no other', async () => {
    const on = await start();
    const unusable = order('B2').replace('ORC|NW|PL1|F1', 'ORC|NW||').replace('OBR|1|PL1|F1', 'OBR|1||');
    const [answer = ''] = await send(on, batch(order('B1', 'F1'), unusable, order('B3', 'F3'), order('B1', 'F1')));
    expect(codesIn(answer)).toEqual(['AA B1', 'AE B2', 'AA B3', 'AA B1']);
    expect(on.spool.accepted.map(({ stamp }) => stamp.seq)).toEqual([0, 1]);
    expect(await itemsOf(on)).toMatchObject([{ controlId: 'B2', code: 'AE' }]);
  });

  test('that was put together wrongly gives no fact, and each of its messages is answered and kept', async () => {
    const on = await start();
    const short = batch(order('B4', 'F4'), order('B5', 'F5')).replace('BTS|2', 'BTS|3');
    const [answer = ''] = await send(on, short);
    expect(codesIn(answer)).toEqual(['AE B4', 'AE B5']);
    expect(on.spool.accepted).toEqual([]);
    const items = await itemsOf(on);
    expect(items.map(({ controlId }) => controlId).toSorted()).toEqual(['B4', 'B5']);
    expect(items[0]).toMatchObject({ problems: [{ condition: '100', location: 'BTS-1' }] });
  });

  test('without any message is kept as it came', async () => {
    const on = await start();
    const [answer = ''] = await send(on, 'BHS|^~\\&|EXRIS\rPID|||1\rBTS|1');
    expect(answer).toContain('MSA|AR||a segment stands outside any message');
    expect(await itemsOf(on)).toMatchObject([{ code: 'AR', controlId: '' }]);
  });
});
