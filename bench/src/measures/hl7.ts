import { join } from 'node:path';
import { freePort, tempDirectory } from '@voorrang/testing/infrastructure';
import { type Figure, type Measurement, median } from '../measure.ts';
import { startEdge } from '../support/dicom-receivers.ts';
import { acknowledgedPerSecond, type Hl7Load } from '../support/hl7-sender.ts';
import { startOurs, usageOf } from '../support/processes.ts';
import { startProduct } from '../support/product.ts';
import { syncsPerSecond } from './durable-appends.ts';

const rounds = 3;
const loads: readonly Hl7Load[] = [
  { connections: 1, inFlight: 1, messagesEach: 2_000 },
  { connections: 8, inFlight: 1, messagesEach: 1_000 },
  { connections: 8, inFlight: 8, messagesEach: 1_000 },
  { connections: 32, inFlight: 1, messagesEach: 300 },
];

export const hl7: Measurement = {
  name: 'hl7',
  about:
    `ORM^O01 of 600 bytes, median of ${rounds} rounds. edge: the ingest service answers after facts and receipt are synced; product: all services and the list behind it; ` +
    '@medplum/hl7: parses and acknowledges, keeps nothing. Each in a process of its own beside one sender',
  async run(): Promise<readonly Figure[]> {
    await using directory = await tempDirectory();
    const syncs = await syncsPerSecond(join(directory.path, 'plain'));
    const edge = await startEdge(join(directory.path, 'edge'));
    const medplum = await startOurs('@medplum/hl7', './medplum-main.ts', [String(await freePort())]);
    await using product = await startProduct({ VOORRANG_SETTLE_SECONDS: '30' });
    const ports = { edge: edge.ports[1] ?? 0, medplum: medplum.ports[0] ?? 0, product: product.mllpPort };
    const figures: Figure[] = [];
    for (const load of loads) {
      const rate = { edge: [] as number[], medplum: [] as number[], product: [] as number[] };
      let cpuMs = 0;
      for (let round = 0; round <= rounds; round += 1) {
        const before = usageOf(edge.pid).cpuMs;
        const took = await acknowledgedPerSecond(ports.edge, load);
        const used = usageOf(edge.pid).cpuMs - before;
        const theirs = await acknowledgedPerSecond(ports.medplum, load);
        const whole = await acknowledgedPerSecond(ports.product, load);
        // the first round warms up
        if (round === 0) continue;
        cpuMs += used / (rounds * load.connections * load.messagesEach);
        rate.edge.push(took);
        rate.medplum.push(theirs);
        rate.product.push(whole);
      }
      figures.push(...figuresOf(load, rate, cpuMs, syncs));
    }
    await edge.stop();
    await medplum.stop();
    return figures;
  },
};

type Rates = {
  readonly edge: readonly number[];
  readonly medplum: readonly number[];
  readonly product: readonly number[];
};

function figuresOf({ connections, inFlight }: Hl7Load, rate: Rates, cpuMs: number, syncs: number): Figure[] {
  const label = `${connections} x ${inFlight} in flight`;
  const unit = 'messages/s';
  const value = median(rate.edge);
  const limit = { name: 'syncs/s x in flight', value: syncs * connections * inFlight };
  // A server answers the messages of one connection in their order, so more of them in flight on one do not share a sync.
  const aim = inFlight === 1 ? { aim: { atLeast: 0.5 } } : {};
  return [
    { name: `${label}: edge`, value, unit, against: limit, ...aim },
    {
      name: `${label}: edge`,
      value,
      unit,
      against: { name: '@medplum/hl7', value: median(rate.medplum) },
      aim: { atLeast: 1 },
    },
    { name: `${label}: product`, value: median(rate.product), unit },
    { name: `${label}: processor time of the edge`, value: cpuMs, unit: 'ms/message' },
  ];
}
