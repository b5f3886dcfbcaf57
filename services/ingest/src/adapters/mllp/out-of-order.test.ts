import { expect, test } from '@jest/globals';
import { readHeader } from '@voorrang/hl7';
import { createMetrics } from '@voorrang/platform';
import { countOutOfOrder } from './out-of-order.ts';

test('gaps and steps back are counted per sender, and a sender is remembered among strangers', async () => {
  const metrics = createMetrics();
  const note = countOutOfOrder(metrics);
  const message = (sender: string, sequence: number, time: string): void => {
    const header = readHeader(Buffer.from(`MSH|^~\\&|${sender}|H|V|H|${time}||ADT^A08|1|P|2.5|${sequence}\r`));
    if (header !== null) note(header);
  };
  message('RIS', 5, '20261123100000');
  message('HIS', 90, '20261123090000');
  message('RIS', 6, '20261123100001');
  for (let index = 0; index < 400; index += 1) message(`X${index}`, 1, '2026112310');
  message('RIS', 9, '20261123095959');
  message('HIS', 3, '20261123090000');
  const lines = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('voorrang_ingest_hl7_out_of_order'));
  expect(lines.sort()).toEqual([
    'voorrang_ingest_hl7_out_of_order_total{kind="sequence-back"} 1',
    'voorrang_ingest_hl7_out_of_order_total{kind="sequence-gap"} 1',
    'voorrang_ingest_hl7_out_of_order_total{kind="time-back"} 1',
  ]);
});
