import type { OrderPriority, PatientClass } from '@voorrang/contracts';

/** Most urgent first. */
const priorities: readonly OrderPriority[] = ['stat', 'timing-critical', 'asap', 'preoperative', 'callback', 'routine'];
const classes: readonly PatientClass[] = ['emergency', 'inpatient', 'outpatient', 'preadmit', 'other'];

export const mostUrgent = (all: readonly (OrderPriority | null)[]): OrderPriority | null =>
  priorities.find((priority) => all.includes(priority)) ?? null;

export const patientClassOf = (text: string): PatientClass | null => classes.find((known) => known === text) ?? null;
