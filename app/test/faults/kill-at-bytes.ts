import { setTimeout as delay } from 'node:timers/promises';
import { sendObjects } from '@voorrang/dicom';
import { seededRandom, waitUntil } from '@voorrang/testing/infrastructure';
import { Ledger } from '../soak/ledger.ts';
import { orderMessage, sendHl7 } from '../stories/support/mllp.ts';
import type { Product } from '../stories/support/product.ts';
import { startByteProxy } from './byte-proxy.ts';
import { ctObject } from './ct-objects.ts';

export type KillRun = {
  readonly ledger: Ledger;
  readonly kills: { readonly dicom: number; readonly mllp: number };
  readonly readyAgainMs: readonly number[];
  /** Starts that were not ready within 20 s: the backlog of the lives before had to be read up first. */
  readonly slowStarts: number;
  readonly seconds: number;
};

/** Bytes of one object with its association, and of one message: a kill falls anywhere in the next three of them. */
const sizes = { dicom: 40_000, mllp: 700 } as const;
const sendersOfEach = 2;
/** Between two objects or messages of a sender: some twenty a second in all, as a busy hospital sends, so that a life of a second is not spent on the backlog of the last. */
const restMs = 100;

/**
 * Senders of images and orders, each repeating what was not answered positively, while the product is killed (SIGKILL) at random bytes of what they send:
 * in turns of the DICOM and of the HL7 port. What was answered positively goes into a ledger outside.
 */
export async function killAtRandomBytes(product: Product, options: { kills: number; seed: number }): Promise<KillRun> {
  const random = seededRandom(options.seed);
  const begin = performance.now();
  const ledger = new Ledger();
  const stop = new AbortController();
  const proxies = { dicom: await startByteProxy(product.ports.dicom), mllp: await startByteProxy(product.ports.mllp) };
  const root = `1.2.826.0.1.3680043.10.999.${Date.now()}`;
  const load = Array.from({ length: sendersOfEach }, (_, index) => [
    sendImages(proxies.dicom.port, `${root}.${index + 1}`, index, ledger, stop.signal),
    sendOrders(proxies.mllp.port, index, ledger, stop.signal),
  ]).flat();
  const kills = { dicom: 0, mllp: 0 };
  const readyAgainMs: number[] = [];
  let slowStarts = 0;
  for (let kill = 0; kill < options.kills; kill += 1) {
    const port = kill % 2 === 0 ? 'dicom' : 'mllp';
    const count = 1 + Math.floor(random() * 3 * sizes[port]);
    await new Promise<void>((resolve) => proxies[port].afterBytes(count, () => void product.kill().then(resolve)));
    kills[port] += 1;
    const before = performance.now();
    await product.start().catch(async () => {
      slowStarts += 1;
      const isReady = async (): Promise<boolean> => (await fetch(`${product.base}/health/ready`)).status === 200;
      await waitUntil(isReady, { deadlineMs: 180_000, everyMs: 100, what: 'a positive /health/ready' });
    });
    readyAgainMs.push(performance.now() - before);
  }
  stop.abort();
  await Promise.all(load);
  await Promise.all([proxies.dicom.close(), proxies.mllp.close()]);
  return { ledger, kills, readyAgainMs, slowStarts, seconds: (performance.now() - begin) / 1_000 };
}

async function sendImages(port: number, root: string, sender: number, ledger: Ledger, signal: AbortSignal) {
  const target = { host: '127.0.0.1', port, calledAe: 'VOORRANG', callingAe: `EXCT${sender + 1}` };
  for (let n = 1; !signal.aborted; n += 1) {
    const uid = `${root}.${n}`;
    const object = ctObject(uid, `${sender}-${n}`);
    await untilAnswered(ledger, signal, async () => {
      const [status] = await sendObjects(target, [object]);
      if (status === 0) ledger.studies.add(uid);
      return status === 0;
    });
  }
}

async function sendOrders(port: number, sender: number, ledger: Ledger, signal: AbortSignal): Promise<void> {
  for (let n = 1; !signal.aborted; n += 1) {
    const name = `${sender}-${n}`;
    const message = orderMessage({
      controlId: `K${name}`,
      filler: `KF${name}`,
      accession: `KA${name}`,
      patientId: `KP${name}`,
      name: 'Fault^Test',
      patientClass: 'E',
      location: 'SEH',
      priority: 'R',
      procedure: 'CT hersenen',
      visit: `KV${name}`,
    });
    await untilAnswered(ledger, signal, async () => {
      const accepted = /\rMSA\|AA\|/.test(await sendHl7(port, message));
      if (accepted) ledger.orders.add(`KA${name}`);
      return accepted;
    });
  }
}

async function untilAnswered(ledger: Ledger, signal: AbortSignal, attempt: () => Promise<boolean>): Promise<void> {
  while (!signal.aborted) {
    const answered = await attempt().catch(() => false);
    if (!answered) ledger.refused += 1;
    await delay(restMs);
    if (answered) return;
  }
}
