/** Topics of the bus, what their key is, and which event types they carry. A type lives on exactly one topic. */
export const topics = {
  imaging: { keyedBy: 'study', types: ['series.observed', 'images.announced', 'study.settled', 'study.conflicted'] },
  evidence: { keyedBy: 'study', types: ['evidence.received'] },
  orders: { keyedBy: 'order', types: ['order.placed', 'order.changed', 'order.cancelled', 'report.issued'] },
  patients: { keyedBy: 'patient', types: ['patient.updated', 'patient.merged', 'patient.unmerged', 'visit.changed'] },
  results: { keyedBy: 'study', types: ['run.recorded', 'run.withdrawn', 'run.expected', 'run.overdue'] },
  reading: {
    keyedBy: 'study',
    types: ['study.claimed', 'study.released', 'study.raised', 'study.held', 'study.read', 'verdict.given'],
  },
  consult: { keyedBy: 'consult path', types: [] },
  alerts: {
    keyedBy: 'alert',
    types: [
      'alert.acknowledged',
      'alert.declined',
      'alert.handed-over',
      'alert.raised',
      'alert.updated',
      'alert.superseded',
      'alert.recalled',
      'alert.escalated',
      'alert.fallback-reached',
      'alert.closed',
      'page.sent',
      'page.failed',
      'page.received',
    ],
  },
  governance: {
    keyedBy: 'site',
    types: ['policy.activated', 'detector.state-changed', 'operation.raised', 'operation.cleared'],
  },
} as const satisfies Record<string, { keyedBy: string; types: readonly string[] }>;

export type Topic = keyof typeof topics;
export const topicNames = Object.keys(topics) as Topic[];

export const topicOf = (type: string): Topic | undefined =>
  topicNames.find((topic) => (topics[topic].types as readonly string[]).includes(type));
