import { join } from 'node:path';
import { tempDirectory } from '@voorrang/testing/infrastructure';
import { type Aim, type Figure, type Measurement, median } from '../measure.ts';
import { ctFile } from '../support/ct-file.ts';
import { startReceivers } from '../support/dicom-receivers.ts';
import { type Receiver, usageOf } from '../support/processes.ts';
import { replay, type Wire, writeWire } from '../support/replay.ts';

const connections = 4;
const rounds = 5;
const loads = [
  { label: '525 KB', bytes: 525_000, objects: 150, aims: true },
  { label: '10 KB', bytes: 10_000, objects: 1_000, aims: false },
] as const;

type Measured = { readonly rate: number; readonly cpuMs: number; readonly peakBytes: number };

export const cStore: Measurement = {
  name: 'c-store',
  about:
    `C-STORE of the same bytes by the same sender, ${connections} associations, PDUs of 16 KB, TCP_NODELAY; each receiver in a process of its own, median of ${rounds} rounds. ` +
    'edge: the ingest service answers after the fact is synced; header read: our receiver without a journal. The sink, storescp --ignore and dcmjs-dimse keep nothing, Orthanc keeps the object without a sync',
  async run(): Promise<readonly Figure[]> {
    await using directory = await tempDirectory();
    const figures: Figure[] = [];
    for (const { label, bytes, objects, aims } of loads) {
      const wire = await writeWire(join(directory.path, `${bytes}.wire`), ctFile(bytes));
      const receivers = await startReceivers(join(directory.path, label.replace(' ', '')), wire.objectBytes);
      const measured = new Map<string, Measured[]>(receivers.map(({ name }) => [name, []]));
      for (const receiver of receivers) await send(receiver, wire, Math.ceil(objects / 5));
      for (let round = 0; round < rounds; round += 1)
        for (const receiver of receivers) measured.get(receiver.name)?.push(await send(receiver, wire, objects));
      for (const receiver of receivers) await receiver.stop();
      figures.push(...figuresOf(label, measured, aims));
    }
    return figures;
  },
};

async function send(receiver: Receiver, wire: Wire, objects: number): Promise<Measured> {
  const port = receiver.ports[0] ?? 0;
  const before = usageOf(receiver.pid);
  const seconds = await replay(port, connections, objects, receiver.name === 'sink' ? wire.sinkPath : wire.path);
  const { cpuMs, peakBytes } = await settledUsage(receiver.pid);
  const count = connections * objects;
  return { rate: count / seconds, cpuMs: (cpuMs - before.cpuMs) / count, peakBytes };
}

/** storescp forks: the time of a child counts once it has ended. */
async function settledUsage(pid: number): ReturnType<typeof usageAfter> {
  return usageAfter(pid, usageOf(pid).cpuMs);
}
async function usageAfter(pid: number, last: number): Promise<ReturnType<typeof usageOf>> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const usage = usageOf(pid);
  return usage.cpuMs === last ? usage : usageAfter(pid, usage.cpuMs);
}

/** What is aimed at: the edge at three quarters of the sink and level with storescp, at no more than twice the processor time of the sink. */
const aimsOf: Readonly<Record<string, { readonly rate: Aim; readonly cpu?: Aim }>> = {
  sink: { rate: { atLeast: 0.75 }, cpu: { atMost: 2 } },
  storescp: { rate: { atLeast: 1 } },
};

function figuresOf(label: string, measured: ReadonlyMap<string, readonly Measured[]>, aims: boolean): Figure[] {
  const of = (name: string, value: (one: Measured) => number): number => median((measured.get(name) ?? []).map(value));
  const others = [...measured.keys()].filter((name) => name !== 'edge');
  const rate = of('edge', (one) => one.rate);
  const cpu = of('edge', (one) => one.cpuMs);
  return [
    ...others.map((name): Figure => {
      const aim = aims ? aimsOf[name]?.rate : undefined;
      const against = { name, value: of(name, (one) => one.rate) };
      return { name: `${label}: edge against ${name}`, value: rate, unit: 'objects/s', against, ...(aim && { aim }) };
    }),
    ...others.map((name): Figure => {
      const aim = aims ? aimsOf[name]?.cpu : undefined;
      const against = { name, value: of(name, (one) => one.cpuMs) };
      return {
        name: `${label}: processor time of the edge against ${name}`,
        value: cpu,
        unit: 'ms/object',
        against,
        ...(aim && { aim }),
      };
    }),
    ...['header read', 'storescp'].map((name): Figure => {
      const against = { name: 'sink', value: of('sink', (one) => one.rate) };
      return { name: `${label}: ${name} against sink`, value: of(name, (one) => one.rate), unit: 'objects/s', against };
    }),
    ...[...measured.keys()].map((name): Figure => {
      const value = Math.max(...(measured.get(name) ?? []).map((one) => one.peakBytes)) / 2 ** 20;
      return { name: `${label}: peak memory of ${name}`, value, unit: 'MB' };
    }),
  ].filter(({ value }) => Number.isFinite(value));
}
