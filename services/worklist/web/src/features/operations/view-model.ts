import type { Operation, SenderStatus } from '@voorrang/contracts';
import type { Labels } from '../../shared/labels/en.ts';
import type { Language } from '../../shared/language.tsx';
import { clockText, durationText } from '../../shared/time.ts';

/** What says most of what did not come stands first. */
const weight: Readonly<Record<Operation['kind'], number>> = {
  'sender-silent': 0,
  'missing-here': 1,
  quarantine: 2,
  'order-without-images': 3,
  'images-without-order': 4,
  'missing-at-pacs': 5,
  'pacs-comparison-failed': 6,
  'sender-clock-skew': 7,
};

export const openNotices = (items: readonly Operation[]): readonly Operation[] =>
  items
    .filter(({ clearedAt }) => clearedAt === null)
    .toSorted((a, b) => weight[a.kind] - weight[b.kind] || a.since - b.since);
export const clearedNotices = (items: readonly Operation[]): readonly Operation[] =>
  items.filter(({ clearedAt }) => clearedAt !== null).toSorted((a, b) => (b.clearedAt ?? 0) - (a.clearedAt ?? 0));

/** A missed answer or two says nothing. */
const staleAfterMs = 15_000;

/** Since when nobody knows whether something did not come, where that is too long: no banner would look like calm. */
export const unknownSince = (staleSince: number | null, now: number): number | null =>
  staleSince === null || now - staleSince < staleAfterMs ? null : staleSince;

/** One line for every page: the first notice in full, the others as a number. `null`: nothing to tell. */
export function bannerView(
  items: readonly Operation[],
  labels: Labels,
  language: Language,
): { readonly text: string; readonly more: string | null } | null {
  const open = openNotices(items);
  const first = open[0];
  if (first === undefined) return null;
  return { text: first.text[language], more: open.length === 1 ? null : labels.operations.more(open.length - 1) };
}

export type NoticeView = {
  readonly id: string;
  readonly text: string;
  readonly when: string;
  readonly facts: readonly string[];
  readonly studyIds: readonly string[];
};

export function noticeView(notice: Operation, labels: Labels, language: Language, now: number): NoticeView {
  const { operations } = labels;
  const { since, clearedAt, detail = {}, kind } = notice;
  const at = clockText(since, now, labels);
  const heard =
    kind !== 'sender-silent' || detail.lastHeardAt === undefined
      ? []
      : [
          detail.lastHeardAt === null
            ? operations.neverHeard
            : operations.lastHeard(clockText(detail.lastHeardAt, now, labels)),
        ];
  return {
    id: notice.operationId,
    text: notice.text[language],
    when:
      clearedAt === null
        ? operations.since(at, durationText(now - since, labels))
        : operations.over(clockText(clearedAt, now, labels)),
    facts: [
      ...heard,
      ...(detail.incomplete ? [operations.incomplete(detail.incomplete)] : []),
      ...(detail.code === undefined ? [] : [operations.error(detail.code)]),
    ],
    studyIds: detail.studyIds ?? [],
  };
}

export type SenderLine = {
  readonly key: string;
  readonly name: string;
  readonly site: string;
  readonly heard: string;
  readonly messages: string;
  readonly silence: string;
  readonly clock: string;
  readonly tls: string;
  readonly state: string;
  readonly tone: 'silent' | 'quiet' | 'plain';
};

/** Silent ones first, then by name. */
export function senderLines(senders: readonly SenderStatus[], labels: Labels, now: number): readonly SenderLine[] {
  const { operations } = labels;
  return senders
    .toSorted((a, b) => Number(b.silent) - Number(a.silent) || (a.name < b.name ? -1 : 1))
    .map((sender) => ({
      key: `${sender.protocol} ${sender.name}`,
      name: `${sender.name} (${sender.protocol === 'hl7' ? 'HL7' : 'DICOM'})`,
      site: sender.site,
      heard: sender.lastHeardAt === null ? operations.neverHeard : clockText(sender.lastHeardAt, now, labels, true),
      messages: String(sender.messagesLastHour),
      silence: sender.expectedSilenceMs === null ? '' : durationText(sender.expectedSilenceMs, labels),
      clock: skewText(sender, labels),
      tls: sender.tls === null ? operations.tls.unknown : operations.tls[sender.tls ? 'yes' : 'no'],
      ...stateOf(sender, labels),
    }));
}

function stateOf(
  { silent, watched, expectedSilenceMs }: SenderStatus,
  { operations }: Labels,
): Pick<SenderLine, 'state' | 'tone'> {
  if (silent) return { state: operations.states.silent, tone: 'silent' };
  if (!watched) return { state: operations.states.unwatched, tone: 'quiet' };
  if (expectedSilenceMs === null) return { state: operations.states.learning, tone: 'quiet' };
  return { state: operations.states.heard, tone: 'plain' };
}

/** Within two seconds clocks agree. Images are sent some time after they were acquired, so that theirs is behind says little. */
const sameMs = 2_000;

function skewText({ clockSkewMs, protocol }: SenderStatus, labels: Labels): string {
  const { clock } = labels.operations;
  if (clockSkewMs === null) return clock.unknown;
  if (Math.abs(clockSkewMs) <= sameMs) return clock.same;
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
  const text = seconds < 60 ? `${seconds} s` : durationText(seconds * 1000, labels);
  if (clockSkewMs > 0) return clock.ahead(text);
  return protocol === 'dicom' ? clock.behindOrLate(text) : clock.behind(text);
}
