import type { Measurement } from '../measure.ts';
import { cStore } from './c-store.ts';
import { durableAppends } from './durable-appends.ts';
import { factToRow } from './fact-to-row.ts';
import { hl7 } from './hl7.ts';
import { openStudies } from './open-studies.ts';
import { page } from './page.ts';
import { rebuild } from './rebuild.ts';
import { startUp } from './start-up.ts';

export const measurements: readonly Measurement[] = [
  startUp,
  durableAppends,
  cStore,
  hl7,
  openStudies,
  factToRow,
  page,
  rebuild,
];
