import { afterEach, expect, test } from '@jest/globals';
import { readPart10, sendObjects } from '@voorrang/dicom';
import { waitUntil } from '@voorrang/testing';
import { codesOf, order, unusable } from '../messages.ts';
import { readFixture, sendHl7, startWorld, type World } from '../support.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});

const ct = {
  ...readPart10(readFixture('CT_small.dcm')),
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  sopInstanceUid: '1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322',
};
const store = ({ ingest }: World): Promise<number[]> =>
  sendObjects({ host: '127.0.0.1', port: ingest.dicomPort(), calledAe: 'VOORRANG', callingAe: 'CT' }, [ct]);
const changed = (control: string): string => order(control).replace('ORC|NW', 'ORC|XO');
const send = async (on: World, ...messages: string[]): Promise<string[]> =>
  codesOf(await sendHl7(on.ingest.mllpPort(), messages));
const unmerge = (on: World) =>
  on.api('POST', '/api/v1/patients/unmerge', {
    survivor: { id: '1', authority: 'EXHOSP' },
    prior: { id: '2', authority: 'EXHOSP' },
    reason: 'two people',
  });

test('with the bus away senders notice nothing until the spool is full, are then refused, and all flows in order when it is back', async () => {
  const limitBytes = 200_000;
  const on = await startWorldOf(limitBytes);
  on.bus.away = true;
  const taken: string[] = [];
  for (let n = 0; taken.length === n; n += 1) {
    const [answer] = await send(on, n === 0 ? order(`K${n}`) : changed(`K${n}`));
    if (answer === `AA K${n}`) taken.push(`K${n}`);
    else expect(answer).toBe(`AR K${n}`);
  }
  expect(taken.length).toBeGreaterThan(50);
  expect(await store(on)).toEqual([0xa700]);
  // A small fact still finds room for a while.
  let answer = await unmerge(on);
  for (let n = 0; n < 20 && answer.status === 202; n += 1) answer = await unmerge(on);
  const { status, headers } = answer;
  expect([status, headers.get('retry-after')]).toEqual([503, '5']);
  expect(on.ingest.health().spool?.ok).toBe(false);
  // What is unusable needs no room in the spool.
  expect(await send(on, unusable('KBAD'))).toEqual(['AE KBAD']);

  on.bus.away = false;
  await waitUntil(() => on.events('orders').length === taken.length);
  expect(on.events('orders').map(({ stamp }) => stamp.seq)).toEqual(
    on
      .events('orders')
      .map(({ stamp }) => stamp.seq)
      .toSorted((a, b) => a - b),
  );
  expect(on.events('orders').map(({ type }) => type)).toEqual(
    taken.map((_, n) => (n === 0 ? 'order.placed' : 'order.changed')),
  );
  await waitUntil(async () => (await store(on))[0] === 0);
  expect(await send(on, changed('KLAST'))).toEqual(['AA KLAST']);
  expect((await unmerge(on)).status).toBe(202);
  await waitUntil(() => on.ingest.health().spool?.ok === true);
});

async function startWorldOf(limitBytes: number): Promise<World> {
  world = await startWorld({}, { limitBytes });
  return world;
}
