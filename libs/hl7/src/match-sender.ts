import type { Hl7Header } from './header.ts';

type Named = { readonly application: string; readonly facility: string };

/**
 * The configured sender of a message by MSH-3 and MSH-4; `*` matches any. The most exact entry wins, whatever the order of the list:
 * both named, application named, facility named, neither.
 */
export function matchSender<S extends Named>(header: Hl7Header, senders: readonly S[]): S | undefined {
  const { sendingApplication, sendingFacility } = header;
  const score = ({ application, facility }: Named): number => {
    if (application !== '*' && application !== sendingApplication) return 0;
    if (facility !== '*' && facility !== sendingFacility) return 0;
    return 1 + (application === '*' ? 0 : 2) + (facility === '*' ? 0 : 1);
  };
  return senders
    .map((sender) => ({ sender, score: score(sender) }))
    .filter((one) => one.score > 0)
    .toSorted((a, b) => b.score - a.score)[0]?.sender;
}
