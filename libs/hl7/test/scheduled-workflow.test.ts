import { describe, expect, test } from '@jest/globals';
import { type MappedEvent, type MappingSettings, mapMessage, readHeader } from '../src/index.ts';
import { fixture, parsed, settings } from './helpers.ts';

const senders: Readonly<Record<string, Partial<MappingSettings>>> = {
  MESA_ADT: { authority: 'ADT1' },
  MESA_OF: { authority: 'ADT1', keepAuthorities: ['ADT1', 'OF1'] },
};

/** The facts of one message as one line each, as a reader of the test case would tell them. */
function tell(name: string): string {
  const bytes = fixture(`mesa/${name}.hl7`);
  const mapped = mapMessage(parsed(bytes), { ...settings, ...senders[readHeader(bytes)?.sendingApplication ?? ''] });
  if (!mapped.ok) return `refused ${mapped.error.map(({ condition }) => condition).join(' ')}`;
  expect(mapped.value.warnings).toEqual([]);
  return mapped.value.events.map(line).join('; ');
}

function line(event: MappedEvent): string {
  switch (event.type) {
    case 'patient.updated':
      return `${event.data.patient.id} is ${event.data.patient.name}`;
    case 'visit.changed': {
      const { visit, discharged } = event.data;
      return [visit.number, visit.patientClass, visit.location, discharged ? 'discharged' : null]
        .filter(Boolean)
        .join(' ');
    }
    case 'patient.merged':
      return `${event.data.prior.id} now ${event.data.survivor.id}`;
    case 'order.placed':
    case 'order.changed':
    case 'order.cancelled': {
      const { orderNumber } = event.data;
      const state = event.type === 'order.cancelled' ? null : event.data.status;
      const uid = event.type === 'order.cancelled' ? null : event.data.studyInstanceUid;
      const numbers = [orderNumber.placer, orderNumber.filler].filter(Boolean).join('/');
      return [event.type, numbers, state, uid].filter(Boolean).join(' ');
    }
    default:
      return event.type;
  }
}

/** Cases of the IHE connectathon tools in the order of their steps. */
const cases = {
  '101: emergency patient, temporary numbers, a chain of merges, cancel and order again': [
    ['adt-101.102.a04', '583020 is WHITE, CHARLES; V1002 emergency'],
    ['order-101.104.o01', 'order.placed A101Z'],
    ['sched-101.106.o01', 'order.placed A101Z/B101Z scheduled 1.2.1'],
    ['adt-101.126.a06', '583020 is WHITE, CHARLES; V1002 inpatient 1E'],
    ['adt-101.128.a06', '583020 is WHITE, CHARLES; V1002 inpatient 1E'],
    ['adt-101.130.a03', '583020 is WHITE, CHARLES; V1002 inpatient 1E discharged'],
    ['adt-101.132.a03', '583020 is WHITE, CHARLES; V1002 inpatient 1E discharged'],
    ['adt-101.160.a04', '583220 is DOE, J2; V1102 emergency'],
    ['adt-101.161.a40', 'T9020 now 583220'],
    ['order-101.162.o01', 'order.placed B101Y'],
    ['order-101.164.o02', 'refused 200'],
    ['sched-101.165.o01', 'order.placed A101Y/B101Y scheduled 1.2.1'],
    ['adt-101.166.a40', '583220 now 583020'],
    ['adt-101.168.a40', '583220 now 583020'],
    ['order-101.182.o01', 'order.placed A101X'],
    ['sched-101.184.o01', 'order.placed A101X/B101X scheduled 1.113654.100.101.3'],
    ['order-101.188.o01x', 'order.cancelled A101X'],
    ['sched-101.190.o01', 'order.cancelled A101X/B101X'],
    ['order-101.192.o01', 'order.placed A101W'],
    ['sched-101.194.o01', 'order.placed A101W/B101W scheduled 1.2.1'],
  ],
  '102: pre-admission, cancelled by the filler': [
    ['adt-102.102.a05', '583030 is BROWN, JAMES; preadmit'],
    ['order-102.104.o01', 'order.placed A102Z'],
    ['sched-102.106.o01', 'order.placed A102Z/B102Z scheduled 1.2.1'],
    ['adt-102.108.a01', '583030 is BROWN, JAMES; V1001 inpatient 1W'],
    ['order-102.122.o01', 'order.placed A102Y'],
    ['sched-102.124.o01', 'order.placed A102Y/B102Y scheduled 1.2.1'],
    ['order-102.126.o01x', 'order.cancelled A102Y/B102Y'],
    ['sched-102.128.o01', 'order.cancelled A102Y/B102Y'],
    ['order-102.130.o01', 'order.placed B102X'],
    ['order-102.131.o01', 'order.placed A102X/B102X'],
    ['order-102.132.o02', 'refused 200'],
    ['sched-102.134.o01', 'order.placed A102X/B102X scheduled 1.2.1'],
    ['adt-102.136.a03', '583030 is BROWN, JAMES; V1001 inpatient 1W discharged'],
    ['adt-102.138.a03', '583030 is BROWN, JAMES; V1001 inpatient 1W discharged'],
  ],
  '103: a patient that is known better later': [
    ['adt-103.102.a04', '583295 is DOE, J1; V103-1 emergency'],
    ['adt-103.103.a04', '583295 is DOE, J1; V103-1 emergency'],
    ['order-103.104.o01', 'order.placed A103Z'],
    ['sched-103.106.o01', 'order.placed A103Z/B103Z scheduled 1.2.1'],
    ['adt-103.130.a08', '583295 is SILVERHEELS, JAY; V103-1 emergency'],
    ['adt-103.132.a08', '583295 is SILVERHEELS, JAY; V103-1 emergency'],
  ],
  '107: the state of the order is told': [
    ['adt-107.102.a04', '583060 is ROSE, CARL; V0107 emergency'],
    ['adt-107.103.a04', '583060 is ROSE, CARL; V0107 emergency'],
    ['order-107.104.o01', 'order.placed A107Z'],
    ['sched-107.106.o01', 'order.placed A107Z/B107Z scheduled 1.113654.3.107.1'],
    ['status-107.112.o01', 'order.changed A107Z/B107Z in-progress'],
    ['status-107.116.o01', 'order.changed A107Z/B107Z completed'],
  ],
  '131: an order like any other': [
    ['adt-131.102.a04', '583070 is BLACK, CHARLES; V131-1 emergency'],
    ['adt-131.103.a04', '583070 is BLACK, CHARLES; V131-1 emergency'],
    ['order-131.104.o01', 'order.placed A131Z'],
    ['sched-131.106.o01', 'order.placed A131Z/B131Z scheduled 1.2.1'],
    ['sched-131.106us.o01', 'order.placed A131Z/B131Z scheduled 1.2.1'],
  ],
  '132: cancelled by the filler and replaced': [
    ['adt-132.102.a01', '583110 is WISTERIA, MATTHEW; V132-1 inpatient 1W'],
    ['adt-132.103.a01', '583110 is WISTERIA, MATTHEW; V132-1 inpatient 1W'],
    ['order-132.104.o01', 'order.placed A132Z'],
    ['sched-132.106.o01', 'order.placed A132Z/B132Z scheduled 1.2.1'],
    ['order-132.110.o01x', 'order.cancelled A132Z/B132Z'],
    ['sched-132.112.o01', 'order.cancelled A132Z/B132Z'],
    ['order-132.116.o01', 'order.placed B132X'],
    ['order-132.118.o02', 'refused 200'],
    ['order-132.119.o01', 'order.placed A132X'],
    ['sched-132.120.o01', 'order.placed A132X/B132X scheduled 1.2.1'],
    ['sched-132.120us.o01', 'order.placed A132X/B132X scheduled 1.2.1'],
    ['adt-132.142.a03', '583110 is WISTERIA, MATTHEW; V132-1 inpatient 1W discharged'],
    ['adt-132.143.a03', '583110 is WISTERIA, MATTHEW; V132-1 inpatient 1W discharged'],
  ],
} as const;

describe('IHE Scheduled Workflow', () => {
  test.each(Object.entries(cases))('case %s', (_name, steps) => {
    const told = steps.map(([name]) => [name, tell(name)]);
    expect(told).toEqual(steps);
    expect(steps.map(([name]) => [name, tell(name)])).toEqual(told);
  });
});
