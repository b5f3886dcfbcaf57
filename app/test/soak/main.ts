import { parseArgs } from 'node:util';
import { faults } from './faults.ts';
import { fuzz } from './fuzz.ts';
import { loadAndKills } from './load-and-kills.ts';

/**
 * What is too long for the test suite; the result is written to `docs/soak/`, and the exit code is 1 when a promise was broken.
 *
 * - `npm run soak [-- --kills N]`: kills at random instants under load on every port.
 * - `npm run soak -- --faults [--kills N]`: kills at random bytes of what senders write, a full disk, idle, slow and half-open connections.
 * - `npm run soak -- --fuzz N`: mutated PDUs, data sets and HL7 streams, N of each.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'boolean', default: false },
    fuzz: { type: 'string' },
  },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
const passed =
  values.fuzz !== undefined
    ? await fuzz({ cases: Number(values.fuzz), seed })
    : await (values.faults ? faults : loadAndKills)({ kills, seed });
process.exit(passed ? 0 : 1);
