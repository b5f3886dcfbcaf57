import { acknowledge, type Outcome, outcomeOf } from '../../src/acknowledge.ts';
import { acknowledgeBatch } from '../../src/acknowledge-batch.ts';
import { splitBatch } from '../../src/batch.ts';
import { readHeader } from '../../src/header.ts';
import type { MllpServerOptions } from '../../src/mllp-options.ts';
import { problem } from '../../src/problem.ts';

const problems = [
  problem(101, { segment: 'PID', occurrence: 1, field: 3 }, 'a usable patient id is needed'),
  problem(103, { segment: 'ORC', occurrence: 2, field: 1, component: 1 }, 'odd | and ^ and \\'),
];
const warnings = [problem(103, { segment: 'ORC', occurrence: 1, field: 1 }, 'odd', 'warning')];

/** By the first letter of the control id: E content at fault, R not now, W taken with a warning, else taken. */
const outcomes: Readonly<Record<string, Outcome>> = {
  E: outcomeOf(problems),
  R: { kind: 'reject', problems: [problem(207, null, 'the spool is full')] },
  W: { kind: 'accept', warnings },
};

/** A listener that answers single messages and batches as told by their control ids. */
export function answering(): MllpServerOptions['onMessage'] {
  let last = 0;
  const options = {
    nextControlId: () => {
      last += 1;
      return `OWN-${last}`;
    },
    at: Date.UTC(2026, 10, 23, 20, 15),
  };
  const one = (bytes: Uint8Array): Uint8Array[] => {
    const header = readHeader(bytes);
    return acknowledge(header, outcomes[header?.controlId.charAt(0) ?? ''] ?? { kind: 'accept' }, options);
  };
  return async (bytes) => {
    const batch = splitBatch(bytes);
    if (batch === null) return one(bytes);
    const answers = batch.messages.map((message) => one(message.bytes));
    return acknowledgeBatch(batch, answers, options);
  };
}
