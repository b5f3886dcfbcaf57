import type { PageMessage } from '../../application/ports.ts';

const said: Readonly<Record<PageMessage['kind'], string>> = {
  page: 'alert',
  recall: 'alert RECALLED',
  update: 'alert changed: a finding was taken back',
  superseded: 'alert continues under a new number',
};

/** The words of a page: team, severity, site. Nothing of the patient, no finding. */
export const titleOf = ({ pageWord, kind }: PageMessage): string => `${pageWord} ${said[kind]}`;
export const textOf = (message: PageMessage): string => `Severity ${message.severity}, site ${message.site}.`;
