export const serviceNames = ['ingest', 'ai-results', 'prioritisation', 'notifier', 'worklist'] as const;
export type ServiceName = (typeof serviceNames)[number];
export const isServiceName = (text: string): text is ServiceName => (serviceNames as readonly string[]).includes(text);

/** Which adapters besides the bus each service stands on. */
export const needs: Readonly<Record<ServiceName, readonly ('sql' | 'store')[]>> = {
  ingest: ['sql'],
  'ai-results': ['sql'],
  prioritisation: ['sql', 'store'],
  notifier: ['sql'],
  worklist: ['sql', 'store'],
};
