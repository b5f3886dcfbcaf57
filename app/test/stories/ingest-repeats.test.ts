import { afterEach, expect, test } from '@jest/globals';
import { waitUntil } from '@voorrang/testing';
import { cases } from './support/evening.ts';
import { orderMessage, sendHl7 } from './support/mllp.ts';
import { embeddedProduct, type Product } from './support/product.ts';

let product: Product | undefined;
afterEach(() => product?.dispose());

const counted = async ({ base }: Product, outcome: string): Promise<number> => {
  const text = await (await fetch(`${base}/metrics`)).text();
  const line = new RegExp(`voorrang_ingest_hl7_messages_total\\{[^}]*outcome="${outcome}"[^}]*\\} (\\d+)`).exec(text);
  return Number(line?.[1] ?? 0);
};

test('killed between the append and the answer: the message sent again is answered AA and is no second fact', async () => {
  const [first] = cases;
  if (first === undefined) throw new Error('the evening has cases');
  const started = await embeddedProduct();
  product = started;
  await started.start({ VOORRANG_FAULT_POINT: 'wire.hl7.before-answer' });
  await expect(sendHl7(started.ports.mllp, orderMessage(first.order))).rejects.toThrow();
  await waitUntil(() => !started.isRunning(), { what: 'the end of the process' });
  for (let life = 0; life < 2; life += 1) {
    await started.start();
    expect(await sendHl7(started.ports.mllp, orderMessage(first.order))).toContain(`MSA|AA|${first.order.controlId}`);
    expect([await counted(started, 'accept'), await counted(started, 'repeated')]).toEqual([0, 1]);
    await started.kill();
  }
}, 60_000);
